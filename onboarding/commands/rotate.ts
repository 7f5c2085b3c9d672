import {
  AddUserPoolClientSecretCommand,
  DeleteUserPoolClientSecretCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { type AppClient, findAppClient, listSecrets, type SecretInfo } from '../cognito/app-client';
import { describeError } from '../aws/describe-error';
import {
  assertStorable,
  type Credentials,
  credentialsFor,
  printCredentials,
  storeCredentials,
} from '../credentials';
import { CommandError } from '../command-error';
import { examples } from '../help';
import { type SecretLocation, withDestination } from '../secret-location';
import type { Session } from '../session';
import { describeAge } from '../table';

/** `client rotate`: adds a second secret beside the one in use. */
export function addRotate(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('rotate')
    .summary('add a second secret')
    .description(
      'Adds a second secret. The first keeps working until `retire` removes it, so that the third party can switch without a failed call.',
    )
    .argument('<client>', 'its name or id');
  withDestination(command)
    .addHelpText(
      'after',
      examples('rotate acme', 'rotate acme --secret-file', 'rotate acme --secrets-manager third-party/acme'),
    )
    .action(async (idOrName: string, place: SecretLocation) => {
      await rotate(await open(), idOrName, place);
    });
}

async function rotate(session: Session, idOrName: string, place: SecretLocation): Promise<void> {
  const client = await findAppClient(session, idOrName);
  await assertStorable(session, place, client);
  if (!client.hasSecret)
    throw new CommandError(`${client.clientName} is a public client, which has no secret.`);
  assertOneSecret(session, client, await listSecrets(session, client.clientId), place);
  const credentials = await addSecret(session, client, place);
  try {
    await storeCredentials(session, place, client.clientName, credentials);
  } catch (error) {
    await undo(session, credentials, error);
  }
  printCredentials(session, place, client.clientName, credentials);
  session.terminal.note(
    `Both secrets work. When the third party uses the new one, remove the old one: ${session.commandLine('retire', client.clientId, ...optionsOf(place))}`,
  );
}

async function addSecret(session: Session, client: AppClient, place: SecretLocation): Promise<Credentials> {
  const { cognitoOnce, deployment } = session;
  const { clientId, scopes } = client;
  try {
    const { ClientSecretDescriptor: { ClientSecretId = '', ClientSecretValue = '' } = {} } =
      await cognitoOnce.send(
        new AddUserPoolClientSecretCommand({ UserPoolId: deployment.userPoolId, ClientId: clientId }),
      );
    return credentialsFor(session, {
      clientId,
      clientSecret: ClientSecretValue,
      clientSecretId: ClientSecretId,
      scopes,
    });
  } catch (error) {
    // The answer was lost, or another operator was faster: whose the second secret is, cannot be known.
    assertOneSecret(session, client, await listSecrets(session, clientId), place, error);
    throw error;
  }
}

/** @throws CommandError that explains both secrets, if there are two, and what to do about which of them */
function assertOneSecret(
  { commandLine }: Session,
  { clientId, clientName }: AppClient,
  [older, newer]: readonly SecretInfo[],
  place: SecretLocation,
  cause?: unknown,
): void {
  if (!older || !newer) return;
  throw new CommandError(
    [
      ...(cause === undefined ? [] : [describeError(cause)]),
      `${clientName} has two secrets, as many as Cognito allows, and Cognito does not say which is in use:`,
      `  older  ${describeSecret(older)}`,
      `  newer  ${describeSecret(newer)}`,
      'If the newer one was lost, as when a rotation was interrupted, drop it and rotate again:',
      `  ${commandLine('retire', clientId, '--secret-id', newer.id)}`,
      'If the third party uses the newer one, remove the older with the credentials that were handed over, which are tried first:',
      `  ${commandLine('retire', clientId, ...(optionsOf(place).length > 0 ? optionsOf(place) : ['--secret-file', '<path>']))}`,
    ].join('\n'),
  );
}

function describeSecret({ id, createdAt }: SecretInfo): string {
  return `${id}, created ${createdAt}, ${describeAge(createdAt)}`;
}

/** The options with which `retire` finds the credentials that were stored. */
function optionsOf({ secretFile, secretsManager }: SecretLocation): readonly string[] {
  if (secretsManager !== undefined) return ['--secrets-manager', secretsManager];
  if (secretFile === undefined) return [];
  return secretFile === true ? ['--secret-file'] : ['--secret-file', secretFile];
}

async function undo(
  { cognito, deployment: { userPoolId: UserPoolId }, commandLine }: Session,
  { clientId: ClientId, clientSecretId: ClientSecretId }: Credentials,
  error: unknown,
): Promise<never> {
  try {
    await cognito.send(new DeleteUserPoolClientSecretCommand({ UserPoolId, ClientId, ClientSecretId }));
  } catch (undoError) {
    throw new CommandError(
      `${describeError(error)} The new secret, which was not stored anywhere, could not be removed again (${describeError(undoError)}): ${commandLine('retire', ClientId, '--secret-id', ClientSecretId)}`,
    );
  }
  throw new CommandError(
    `${describeError(error)} The new secret was removed again; the old one works as before.`,
  );
}
