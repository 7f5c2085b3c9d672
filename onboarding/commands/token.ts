import type { Command } from 'commander';
import { type AppClient, findAppClient } from '../cognito/app-client';
import { type Operation, readOperations } from '../read-operations';
import { CommandError, exitCodes } from '../command-error';
import { examples } from '../help';
import { readScopes } from '../cognito/scopes';
import { readSecret, type SecretLocation, withSource } from '../secret-location';
import type { CommonOptions, Session } from '../session';
import { describeDuration, table } from '../table';
import { type Admission, askAdmission } from '../token/ask-admission';
import { type DecodedToken, decodeToken, scopesOf, timeOf } from '../token/decode-token';
import { requestToken } from '../token/request-token';

type Options = SecretLocation & { readonly scopes?: string; readonly raw?: boolean };

/** `client token`: gets a token as the client does, and shows what it may call. */
export function addToken(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('token')
    .summary('get a token, and see what it may call')
    .description(
      'Gets a token from the token endpoint as the client does, shows it decoded, and says which operations of the API it may call. By default it uses the secret that Cognito returns.',
    )
    .argument('<client>', 'its name or id')
    .option('--scopes <scopes>', 'request only these; without it, all scopes of the client')
    .option('--raw', 'print the token itself, and nothing else');
  withSource(command)
    .addHelpText(
      'after',
      examples('token acme', 'token acme --secret-file acme.json --scopes invoices.read', 'token acme --raw'),
    )
    .action(async (idOrName: string, options: Options) => {
      if (options.raw && program.opts<CommonOptions>().json)
        throw new CommandError('Give --raw or --json, not both.', exitCodes.usage);
      await token(await open(), idOrName, options);
    });
}

async function token(session: Session, idOrName: string, options: Options): Promise<void> {
  const { apiUrl } = session.deployment;
  const client = await findAppClient(session, idOrName);
  const { clientId } = client;
  const scopes = options.scopes === undefined ? [] : await readScopes(session, options.scopes, true);
  const { clientSecret } = await readSecret(session, options, client);
  const raw = await requestToken(session, { clientId, clientSecret, scopes });
  if (options.raw) return session.terminal.printRaw(raw);

  const decoded = decodeToken(raw);
  if (!decoded) throw new CommandError('The token that was issued is not a JWT.');
  const admission = await askAdmission(apiUrl, raw);
  const held = scopesOf(decoded);
  const operations = (await readOperations(apiUrl)).map((operation) => ({
    ...operation,
    allowed: admission.admitted && operation.scopes.every((scope) => held.has(scope)),
  }));
  session.terminal.print(
    { ...decoded, admission, operations },
    [describeToken(client, decoded), '', describeOperations(operations)].join('\n'),
  );
  if (!admission.admitted) session.terminal.note(describeRefusal(session, client, admission));
}

function describeRefusal(
  { commandLine }: Session,
  { clientId, clientName }: AppClient,
  { status, code }: Admission,
): string {
  const enable = commandLine('enable', clientId);
  if (code === 'client_not_allowed')
    return `The API refuses every call, since the client registry does not have ${clientName}: ${enable}`;
  if (code === 'client_disabled')
    return `The API refuses every call, since ${clientName} is disabled: ${enable}`;
  if (code === 'token_revoked')
    return 'The API refuses the token, since tokens were revoked in the second in which it was issued: get another.';
  return `The API does not take the token: it answers ${[status, code].filter(Boolean).join(' ')}.`;
}

function describeToken(client: AppClient, decoded: DecodedToken): string {
  const life = Math.round(timeOf(decoded, 'exp') - Date.now() / 1000);
  return table([
    ['client', client.clientName],
    ...Object.entries(decoded.claims).map(([name, value]) => [name, describeClaim(name, value)]),
    ['expires', `in ${describeDuration(life)}`],
  ]);
}

function describeClaim(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const isTime = typeof value === 'number' && ['auth_time', 'exp', 'iat'].includes(name);
  return isTime ? new Date(value * 1000).toISOString() : JSON.stringify(value);
}

function describeOperations(operations: readonly (Operation & { readonly allowed: boolean })[]): string {
  return table([
    ['OPERATION', '', 'MAY CALL', 'SCOPES'],
    ...operations.map(({ method, path, allowed, scopes }) => [
      method,
      path,
      allowed ? 'yes' : 'no',
      scopes.join(' '),
    ]),
  ]);
}
