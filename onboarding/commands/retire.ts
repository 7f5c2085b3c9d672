import { DeleteUserPoolClientSecretCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { type AppClient, findAppClient, listSecrets, type SecretInfo } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { examples, withYes } from '../help';
import { type ClientSecret, readGivenSecret, type SecretLocation, withSource } from '../secret-location';
import type { Session } from '../session';
import { describeAge, table } from '../table';
import { requestToken, TokenRefused } from '../token/request-token';

type Options = SecretLocation & { readonly yes: boolean; readonly secretId?: string };

/** The two secrets of a client. */
interface Secrets {
  /** The one to remove. */
  readonly unwanted: SecretInfo;
  readonly kept: SecretInfo;
  /** Which of the two is removed. */
  readonly which: 'older' | 'newer';
}

/** `client retire`: ends a rotation. */
export function addRetire(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('retire')
    .summary('remove one of two secrets')
    .description(
      'Removes the older of two secrets. Given the credentials that `rotate` wrote, it first checks that the newer secret works. With --secret-id it removes that secret, such as the newer one of a rotation that was interrupted.',
    )
    .argument('<client>', 'its name or id')
    .option('--secret-id <id>', 'which secret to remove, as `show` lists them');
  withYes(withSource(command))
    .addHelpText(
      'after',
      examples(
        'retire acme --secret-file',
        'retire acme --secrets-manager third-party/acme --yes',
        'retire acme --secret-id etzeoqg1x6iqdtvt6p5d40iu72--1795968000',
      ),
    )
    .action(async (idOrName: string, options: Options) => {
      await retire(await open(), idOrName, options);
    });
}

async function retire(session: Session, idOrName: string, options: Options): Promise<void> {
  const { cognito, deployment, terminal } = session;
  const client = await findAppClient(session, idOrName);
  const secrets = await findSecrets(session, client, options.secretId);
  const { unwanted, kept, which } = secrets;

  const given = await readGivenSecret(session, options, client);
  terminal.note(await tryOut(session, client, given, secrets));
  await terminal.confirm(
    `Remove the ${which} secret of ${client.clientName}, created ${unwanted.createdAt}, ${describeAge(unwanted.createdAt)}?`,
    options.yes,
  );
  await cognito.send(
    new DeleteUserPoolClientSecretCommand({
      UserPoolId: deployment.userPoolId,
      ClientId: client.clientId,
      ClientSecretId: unwanted.id,
    }),
  );
  await assertStillWorks(session, client, given, which);
  terminal.print(
    { clientId: client.clientId, clientName: client.clientName, removed: unwanted, remaining: kept },
    table([
      ['removed', `${unwanted.id}, created ${unwanted.createdAt}`],
      ['remaining', `${kept.id}, created ${kept.createdAt}`],
    ]),
  );
}

async function findSecrets(
  session: Session,
  { clientId, clientName, hasSecret }: AppClient,
  secretId: string | undefined,
): Promise<Secrets> {
  const [older, newer] = hasSecret ? await listSecrets(session, clientId) : [];
  if (!older || !newer)
    throw new CommandError(
      `${clientName} has no second secret: ${session.commandLine('rotate', clientId)} adds one.`,
    );
  if (secretId === undefined || secretId === older.id)
    return { unwanted: older, kept: newer, which: 'older' };
  if (secretId === newer.id) return { unwanted: newer, kept: older, which: 'newer' };
  throw new CommandError(
    `${clientName} has no secret ${JSON.stringify(secretId)}: it has ${older.id} and ${newer.id}.`,
  );
}

/** Tries the given secret before anything is removed. */
async function tryOut(
  session: Session,
  client: AppClient,
  given: ClientSecret | undefined,
  { unwanted, which }: Secrets,
): Promise<string> {
  const other = which === 'older' ? 'newer' : 'older';
  if (!given)
    return `No secret was given (--secret-file), so it is not known whether the ${other} one is in use.`;
  if (given.clientSecretId === unwanted.id) {
    throw new CommandError(
      which === 'older'
        ? 'These are the credentials with the older secret, which would be removed: give the credentials that `rotate` wrote.'
        : 'These are the credentials with the newer secret, which would be removed.',
    );
  }
  await getToken(session, client, given);
  return given.clientSecretId === undefined
    ? 'The given secret works, but Cognito does not say which of the two it is.'
    : `The ${other} secret works: a token was issued for it.`;
}

async function assertStillWorks(
  session: Session,
  client: AppClient,
  given: ClientSecret | undefined,
  which: Secrets['which'],
): Promise<void> {
  if (!given) return;
  try {
    await getToken(session, client, given);
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw new CommandError(
      `The given secret was the ${which} one, and no longer works. The other one does; if it is lost, ${session.commandLine('rotate', client.clientId)} adds another.`,
    );
  }
}

async function getToken(
  session: Session,
  { clientId }: AppClient,
  { clientSecret }: ClientSecret,
): Promise<string> {
  return requestToken(session, { clientId, clientSecret, scopes: [] });
}
