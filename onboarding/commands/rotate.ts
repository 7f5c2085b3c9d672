import {
  AddUserPoolClientSecretCommand,
  DeleteUserPoolClientSecretCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { type AppClient, findAppClient, listSecrets } from '../cognito/app-client';
import { describeError } from '../aws/describe-error';
import { assertWritable, type Credentials, printCredentials, storeCredentials } from '../credentials';
import { CommandError } from '../command-error';
import { examples } from '../help';
import { type SecretLocation, withDestination } from '../secret-location';
import type { Session } from '../session';

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
      examples(
        'rotate acme',
        'rotate acme --secret-file acme-new.json',
        'rotate acme --secrets-manager third-party/acme',
      ),
    )
    .action(async (idOrName: string, place: SecretLocation) => {
      await rotate(await open(), idOrName, place);
    });
}

async function rotate(session: Session, idOrName: string, place: SecretLocation): Promise<void> {
  const client = await findAppClient(session, idOrName);
  assertWritable(session, place);
  if (!client.hasSecret)
    throw new CommandError(`${client.clientName} is a public client, which has no secret.`);
  if ((await listSecrets(session, client.clientId)).length > 1) {
    throw new CommandError(
      `${client.clientName} has two secrets already, which is as many as Cognito allows: \`client retire ${idOrName}\` removes the older one.`,
    );
  }
  const credentials = await addSecret(session, client);
  try {
    await storeCredentials(session, place, credentials);
  } catch (error) {
    await undo(session, credentials, error);
  }
  printCredentials(session, place, client.clientName, credentials);
  session.terminal.note(
    `Both secrets work. When the third party uses the new one, remove the old one with \`client retire ${idOrName}\`.`,
  );
}

async function addSecret(
  { cognito, deployment }: Session,
  { clientId, scopes }: AppClient,
): Promise<Credentials> {
  const { apiUrl, tokenUrl, userPoolId: UserPoolId } = deployment;
  const {
    ClientSecretDescriptor: {
      ClientSecretId: clientSecretId = '',
      ClientSecretValue: clientSecret = '',
    } = {},
  } = await cognito.send(new AddUserPoolClientSecretCommand({ UserPoolId, ClientId: clientId }));
  return { apiUrl, tokenUrl, clientId, clientSecret, clientSecretId, scopes };
}

async function undo(
  { cognito, deployment: { userPoolId: UserPoolId } }: Session,
  { clientId: ClientId, clientSecretId: ClientSecretId }: Credentials,
  error: unknown,
): Promise<never> {
  try {
    await cognito.send(new DeleteUserPoolClientSecretCommand({ UserPoolId, ClientId, ClientSecretId }));
  } catch (undoError) {
    throw new CommandError(
      `${describeError(error)} The new secret, which was not stored anywhere, could not be removed again (${describeError(undoError)}): aws cognito-idp delete-user-pool-client-secret --user-pool-id ${UserPoolId} --client-id ${ClientId} --client-secret-id ${ClientSecretId}`,
    );
  }
  throw new CommandError(
    `${describeError(error)} The new secret was removed again; the old one works as before.`,
  );
}
