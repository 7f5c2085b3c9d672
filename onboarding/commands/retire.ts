import { DeleteUserPoolClientSecretCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { type AppClient, findAppClient, listSecrets, type SecretInfo } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { examples, withYes } from '../help';
import { type ClientSecret, readGivenSecret, type SecretLocation, withSource } from '../secret-location';
import type { Session } from '../session';
import { table } from '../table';
import { requestToken, TokenRefused } from '../token/request-token';

type Options = SecretLocation & { readonly yes: boolean };

/** `client retire`: ends a rotation. */
export function addRetire(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('retire')
    .summary('remove the older of two secrets')
    .description(
      'Removes the older of two secrets. Given the credentials that `rotate` wrote, it first checks that the newer secret works.',
    )
    .argument('<client>', 'its name or id');
  withYes(withSource(command))
    .addHelpText(
      'after',
      examples(
        'retire acme --secret-file acme-new.json',
        'retire acme --secrets-manager third-party/acme --yes',
      ),
    )
    .action(async (idOrName: string, options: Options) => {
      await retire(await open(), idOrName, options);
    });
}

async function retire(session: Session, idOrName: string, options: Options): Promise<void> {
  const { cognito, deployment, terminal } = session;
  const client = await findAppClient(session, idOrName);
  const [older, newer] = client.hasSecret ? await listSecrets(session, client.clientId) : [];
  if (!older || !newer)
    throw new CommandError(
      `${client.clientName} has no second secret: \`client rotate ${idOrName}\` adds one.`,
    );

  const given = await readGivenSecret(session, options, client.clientId);
  terminal.note(await tryOut(session, client, given, older));
  await terminal.confirm(
    `Remove the secret of ${client.clientName} created ${older.createdAt}?`,
    options.yes,
  );
  await cognito.send(
    new DeleteUserPoolClientSecretCommand({
      UserPoolId: deployment.userPoolId,
      ClientId: client.clientId,
      ClientSecretId: older.id,
    }),
  );
  await assertStillWorks(session, client, given);
  terminal.print(
    { clientId: client.clientId, clientName: client.clientName, removed: older, remaining: newer },
    table([
      ['removed', `${older.id}, created ${older.createdAt}`],
      ['remaining', `${newer.id}, created ${newer.createdAt}`],
    ]),
  );
}

/** Tries the given secret before anything is removed. */
async function tryOut(
  session: Session,
  client: AppClient,
  given: ClientSecret | undefined,
  older: SecretInfo,
): Promise<string> {
  if (!given)
    return 'No secret was given (--secret-file), so it is not known whether the newer one is in use.';
  if (given.clientSecretId === older.id) {
    throw new CommandError(
      'These are the credentials with the older secret, which would be removed: give the credentials that `client rotate` wrote.',
    );
  }
  await getToken(session, client, given);
  return given.clientSecretId === undefined
    ? 'The given secret works, but Cognito does not say which of the two it is.'
    : 'The newer secret works: a token was issued for it.';
}

async function assertStillWorks(
  session: Session,
  client: AppClient,
  given: ClientSecret | undefined,
): Promise<void> {
  if (!given) return;
  try {
    await getToken(session, client, given);
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw new CommandError(
      'The given secret was the older one, and no longer works. The newer one does; if it is lost, `client rotate` adds another.',
    );
  }
}

async function getToken(
  { deployment: { tokenUrl } }: Session,
  { clientId }: AppClient,
  { clientSecret }: ClientSecret,
): Promise<string> {
  return requestToken({ tokenUrl, clientId, clientSecret, scopes: [] });
}
