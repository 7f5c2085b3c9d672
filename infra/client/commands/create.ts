import {
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { listAppClients, listSecrets } from '../app-client';
import { explain } from '../aws-errors';
import { addClientId, assertRoom, removeClientId } from '../client-ids';
import { assertWritable, type Credentials, printCredentials, storeCredentials } from '../credentials';
import { Failure } from '../failure';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import { readKnownScopes, toKnownScopes } from '../scopes';
import { type SecretPlace, withDestination } from '../secret-place';
import type { Session } from '../session';

type Options = SecretPlace & { readonly scopes: string; readonly roll?: boolean };

/** `client create`: an app client for a third party, and its place on the API's list. */
export function addCreate(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('create')
    .summary('create an app client for a third party')
    .description(
      'Creates an app client with the client-credentials flow and puts it on the list of clients that the API lets in. What cannot be finished is undone.',
    )
    .argument('<name>', 'what people know the third party as')
    .requiredOption(
      '--scopes <scopes>',
      'what it may do, comma-separated: users.read or the qualified scope',
    );
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
  const scopes = toKnownScopes(options.scopes, resourceServerIdentifier, await readKnownScopes(session));
  assertWritable(session, options);
  await assertRoom(session);
  if ((await listAppClients(session)).some((client) => client.name === name))
    throw new Failure(
      `There is an app client named "${name}" already: choose another name, or \`client rotate\` its secret.`,
    );

  const { clientId, clientSecret } = await createAppClient(session, name, scopes);
  const { apiUrl, tokenUrl } = session.deployment;
  const letIn = async (): Promise<Credentials> => {
    const [secret] = await listSecrets(session, clientId);
    const clientSecretId = secret?.id ?? '';
    const credentials = { apiUrl, tokenUrl, clientId, clientSecret, clientSecretId, scopes };
    await addClientId(session, clientId);
    await storeCredentials(session, options, credentials);
    return credentials;
  };
  const credentials = await letIn().catch((error: unknown) => undo(session, clientId, error));
  // Before the rollout: if that fails, the secret is not lost with it.
  printCredentials(session, options, name, credentials);
  await rollIfAsked(session, options.roll, 'Tasks that run now do not know the client yet');
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
      // Nobody signs in through it. Without a list Cognito would allow passwords; this flow it does not let go.
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
    throw new Failure(
      `${explain(error)} That could not be undone (${explain(undoError)}): \`client delete ${clientId}\` removes what is left.`,
    );
  }
  throw new Failure(`${explain(error)} The app client was removed again.`);
}
