import {
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { listAppClients, listSecrets } from '../cognito/app-client';
import { describeError } from '../aws/describe-error';
import { addClientId, assertRoom, removeClientId } from '../client-ids';
import { assertWritable, type Credentials, printCredentials, storeCredentials } from '../credentials';
import { CommandError } from '../command-error';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import { readKnownScopes, qualifyKnownScopes } from '../cognito/scopes';
import { type SecretLocation, withDestination } from '../secret-location';
import type { Session } from '../session';

type Options = SecretLocation & { readonly scopes: string; readonly roll?: boolean };

/** `client create`: creates an app client for a third party and adds it to the API's list. */
export function addCreate(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('create')
    .summary('create an app client for a third party')
    .description(
      'Creates an app client with the client-credentials flow and adds it to the list of clients that may call the API. A step that fails undoes those before it.',
    )
    .argument('<name>', 'name of the third party')
    .requiredOption('--scopes <scopes>', 'its scopes, comma-separated, bare (users.read) or qualified');
  withRoll(withDestination(command))
    .addHelpText(
      'after',
      examples(
        'create acme --scopes users.read',
        'create acme --scopes users.read,users.write --secret-file acme.json --roll',
        'create acme --scopes users.read --secrets-manager third-party/acme --json',
      ),
    )
    .action(async (name: string, options: Options) => {
      await create(await open(), name, options);
    });
}

async function create(session: Session, name: string, options: Options): Promise<void> {
  const { resourceServerIdentifier } = session.deployment;
  const scopes = qualifyKnownScopes(options.scopes, resourceServerIdentifier, await readKnownScopes(session));
  assertWritable(session, options);
  await assertRoom(session);
  if ((await listAppClients(session)).some((client) => client.name === name))
    throw new CommandError(
      `There is an app client named "${name}" already: choose another name, or \`client rotate\` its secret.`,
    );

  const { clientId, clientSecret } = await createAppClient(session, name, scopes);
  const { apiUrl, tokenUrl } = session.deployment;
  const finish = async (): Promise<Credentials> => {
    const [secret] = await listSecrets(session, clientId);
    const clientSecretId = secret?.id ?? '';
    const credentials = { apiUrl, tokenUrl, clientId, clientSecret, clientSecretId, scopes };
    await addClientId(session, clientId);
    await storeCredentials(session, options, credentials);
    return credentials;
  };
  const credentials = await finish().catch((error: unknown) => undo(session, clientId, error));
  // Before the rollout, so that a failure there does not lose the secret.
  printCredentials(session, options, name, credentials);
  await rollIfAsked(session, options.roll, 'Running tasks do not know the client yet');
}

async function createAppClient(
  { cognito, deployment }: Session,
  name: string,
  scopes: readonly string[],
): Promise<{ clientId: string; clientSecret: string }> {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: deployment.userPoolId,
      ClientName: name,
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [...scopes],
      // No user signs in through it. Without a list Cognito would allow passwords; this flow cannot be removed.
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const { ClientId: clientId = '', ClientSecret: clientSecret = '' } = UserPoolClient ?? {};
  return { clientId, clientSecret };
}

async function undo(session: Session, clientId: string, error: unknown): Promise<never> {
  try {
    await removeClientId(session, clientId);
    await session.cognito.send(
      new DeleteUserPoolClientCommand({ UserPoolId: session.deployment.userPoolId, ClientId: clientId }),
    );
  } catch (undoError) {
    throw new CommandError(
      `${describeError(error)} That could not be undone (${describeError(undoError)}): \`client delete ${clientId}\` removes what is left.`,
    );
  }
  throw new CommandError(`${describeError(error)} The app client was removed again.`);
}
