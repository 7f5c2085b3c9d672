import type { Command } from 'commander';
import { type AppClient, findAppClient } from '../cognito/app-client';
import { type Operation, readOperations } from '../read-operations';
import { readClientIds } from '../client-ids';
import { CommandError, exitCodes } from '../command-error';
import { examples } from '../help';
import { readKnownScopes, qualifyKnownScopes } from '../cognito/scopes';
import { readSecret, type SecretLocation, withSource } from '../secret-location';
import type { CommonOptions, Session } from '../session';
import { describeDuration, table } from '../table';
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
      examples('token acme', 'token acme --secret-file acme.json --scopes users.read', 'token acme --raw'),
    )
    .action(async (idOrName: string, options: Options) => {
      if (options.raw && program.opts<CommonOptions>().json)
        throw new CommandError('Give --raw or --json, not both.', exitCodes.usage);
      await token(await open(), idOrName, options);
    });
}

async function token(session: Session, idOrName: string, options: Options): Promise<void> {
  const { tokenUrl, apiUrl, resourceServerIdentifier } = session.deployment;
  const client = await findAppClient(session, idOrName);
  const scopes =
    options.scopes === undefined
      ? []
      : qualifyKnownScopes(options.scopes, resourceServerIdentifier, await readKnownScopes(session));
  const { clientSecret } = await readSecret(session, options, client);
  const raw = await requestToken({ tokenUrl, clientId: client.clientId, clientSecret, scopes });
  if (options.raw) return session.terminal.printRaw(raw);

  const decoded = decodeToken(raw);
  if (!decoded) throw new CommandError(`${tokenUrl} issued a token that is not a JWT.`);
  const held = scopesOf(decoded);
  const operations = (await readOperations(apiUrl)).map((operation) => ({
    ...operation,
    allowed: operation.scopes.every((scope) => held.has(scope)),
  }));
  const inClientList = (await readClientIds(session)).includes(client.clientId);
  session.terminal.print(
    { ...decoded, inClientList, operations },
    [describeToken(client, decoded), '', describeOperations(operations)].join('\n'),
  );
  if (!inClientList)
    session.terminal.note(
      `The API answers every call with 401, since the client is not on its list: \`client enable ${idOrName}\`.`,
    );
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
