import {
  CreateUserPoolClientCommand,
  type CreateUserPoolClientRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { describeError, isRefusal } from '../aws/describe-error';
import {
  type AppClient,
  CLIENT_TOKEN_FLOW,
  listAppClients,
  listSecrets,
  NO_SIGN_IN_FLOW,
  readAppClient,
  readClientSecret,
} from '../cognito/app-client';
import { operatorScopes, readScopes } from '../cognito/scopes';
import { CommandError, exitCodes } from '../command-error';
import { assertStorable, credentialsFor, printCredentials, storeCredentials } from '../credentials';
import { examples } from '../help';
import type { RegisteredClient } from '../registry/client-registry';
import { assertInForce, describeInForce, waitUntilInForce } from '../registry/in-force';
import { type SecretLocation, withDestination } from '../secret-location';
import type { Session } from '../session';

type Options = SecretLocation & { readonly scopes?: string; readonly operator?: boolean };

/** The names that Cognito takes, but for those that are mistaken for an option or for another name. */
const NAME = /^(?![ -])[\w+=,.@ -]{1,128}(?<! )$/;

const OPERATOR_TOKEN_MINUTES = 15;

/** `client create`: creates an app client for a third party and allows it to call. */
export function addCreate(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('create')
    .summary('create a client for a third party')
    .description(
      'Creates an app client with the client-credentials flow and adds it to the client registry, so that it may call the API. If it is interrupted, the same command completes it.',
    )
    .argument('<name>', 'name of the third party')
    .option('--scopes <scopes>', 'its scopes, comma-separated, bare (invoices.read) or qualified')
    .option(
      '--operator',
      'the client is one of yours, for a person or a pipeline that manages clients; by default with all scopes for that',
    );
  withDestination(command)
    .addHelpText(
      'after',
      examples(
        'create acme --scopes invoices.read --secret-file',
        'create acme --scopes invoices.read,invoices.write --secrets-manager third-party/acme --json',
        'create ada --operator --secrets-manager cognito-resource-server/operators/ada',
      ),
    )
    .action(async (name: string, options: Options) => {
      assertName(name);
      await create(await open(), name, options);
    });
}

async function create(session: Session, name: string, options: Options): Promise<void> {
  const scopes = await scopesOf(session, options);
  await session.registry.assertReadable();
  const unfinished = await findUnfinished(session, name, scopes);
  await assertStorable(session, options, { clientName: name, clientId: unfinished });
  const clientId = unfinished ?? (await createAppClient(session, name, scopes, options.operator));
  const begun = performance.now();
  const registered = await complete(session, options, { clientId, name, scopes }).catch((error: unknown) => {
    throw new CommandError(
      `${describeError(error)} The app client ${name} exists at Cognito. Run the command again to complete it, or remove it: ${session.commandLine('delete', clientId)}`,
    );
  });
  const inForce = await waitUntilInForce(session, registered, begun);
  assertInForce(inForce, `${session.commandLine('enable', clientId)} waits again.`);
  session.terminal.note(`${describeInForce(`${name} may call`, inForce)}.`);
}

function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw new CommandError(
    `${JSON.stringify(name)} is not a possible name: it has 1 to 128 letters (a to z), digits, spaces and _+=,.@-, and neither begins nor ends with a space, nor begins with a hyphen.`,
    exitCodes.usage,
  );
}

async function scopesOf(session: Session, { scopes, operator = false }: Options): Promise<readonly string[]> {
  if (scopes === undefined && operator) return operatorScopes(session);
  return readScopes(session, scopes ?? '', operator);
}

/**
 * Finds what an interrupted `create` has left: an app client of this name, made as this command makes it, that the registry
 * has never had.
 *
 * @returns its id; `undefined` if the name is free
 * @throws CommandError if the name is taken
 */
async function findUnfinished(
  session: Session,
  name: string,
  scopes: readonly string[],
): Promise<string | undefined> {
  const [first, ...others] = (await listAppClients(session)).filter((client) => client.name === name);
  if (!first) return undefined;
  const { id } = first;
  const client = await readAppClient(session, id);
  const isUnfinished =
    others.length === 0 &&
    isAsCreated(client, scopes) &&
    (await listSecrets(session, id)).length === 1 &&
    (await session.registry.events(id, 1)) === undefined;
  if (!isUnfinished) {
    throw new CommandError(
      `There is an app client named "${name}" already, ${id}: choose another name, allow it (${session.commandLine('enable', id)}), or give it another secret (${session.commandLine('rotate', id)}).`,
    );
  }
  session.terminal.note(`${name} was created at ${client.createdAt}, and not completed: this completes it.`);
  return id;
}

function isAsCreated({ flows, scopes, hasSecret }: AppClient, wanted: readonly string[]): boolean {
  const [flow, ...otherFlows] = flows;
  return (
    hasSecret &&
    otherFlows.length === 0 &&
    (flow === 'client_credentials' || flow === CLIENT_TOKEN_FLOW) &&
    scopes.length === wanted.length &&
    wanted.every((scope) => scopes.includes(scope))
  );
}

/** @returns its id */
async function createAppClient(
  { cognitoOnce, deployment }: Session,
  name: string,
  scopes: readonly string[],
  operator = false,
): Promise<string> {
  const byFlow: Partial<CreateUserPoolClientRequest> =
    deployment.tokenUrl === undefined
      ? { ExplicitAuthFlows: [CLIENT_TOKEN_FLOW] }
      : {
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['client_credentials'],
          ExplicitAuthFlows: [NO_SIGN_IN_FLOW],
        };
  try {
    const { UserPoolClient } = await cognitoOnce.send(
      new CreateUserPoolClientCommand({
        UserPoolId: deployment.userPoolId,
        ClientName: name,
        GenerateSecret: true,
        AllowedOAuthScopes: [...scopes],
        ...byFlow,
        ...(operator && {
          AccessTokenValidity: OPERATOR_TOKEN_MINUTES,
          TokenValidityUnits: { AccessToken: 'minutes' },
        }),
      }),
    );
    return UserPoolClient?.ClientId ?? '';
  } catch (error) {
    if (isRefusal(error)) throw error;
    throw new CommandError(
      `${describeError(error)} Whether the app client ${name} was created is not known. Run the command again: it completes what there is.`,
    );
  }
}

/**
 * Hands out the secret of an app client, and then allows it to call: interrupted before that, the same command hands it out
 * again.
 */
async function complete(
  session: Session,
  location: SecretLocation,
  client: { readonly clientId: string; readonly name: string; readonly scopes: readonly string[] },
): Promise<RegisteredClient> {
  const { clientId, name, scopes } = client;
  const [secret] = await listSecrets(session, clientId);
  const clientSecret = (await readClientSecret(session, clientId)) ?? '';
  const credentials = credentialsFor(session, {
    clientId,
    clientSecret,
    clientSecretId: secret?.id ?? '',
    scopes,
  });
  await storeCredentials(session, location, name, credentials);
  printCredentials(session, location, name, credentials);
  return session.registry.setEnabled(clientId, name, true);
}
