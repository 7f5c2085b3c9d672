import { type Operation, readOperations } from '../api';
import { ask } from '../ask';
import { Failure } from '../failure';
import { parseJsonObject } from '../json-object';
import { type DecodedToken, scopesOf } from '../token';
import { clockOffset } from './clock-offset';

/** What can be seen of the API without a token. */
export type ApiFacts =
  | { readonly reachable: false; readonly reason: string }
  | {
      readonly reachable: true;
      /** The checks of `/readyz` that have failed, with their reasons; none where it is ready. */
      readonly failedChecks: readonly string[];
      /** The authorization server that it names (RFC 9728 §2). */
      readonly issuer: string | undefined;
      /** How far its clock is ahead of this machine's, in seconds. */
      readonly clockOffset: number;
      readonly operations: readonly Operation[];
    };

/** The API's answer to a token. */
export interface Answer {
  readonly operation: Operation;
  readonly status: number;
  /** The `code` of a problem. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
}

/** Asks the API's public endpoints. */
export async function observeApi(apiUrl: string): Promise<ApiFacts> {
  try {
    const askedAt = Date.now() / 1000;
    const readiness = await ask(`${apiUrl}/readyz`);
    const date = Date.parse(readiness.headers.get('Date') ?? '') / 1000;
    const answeredAt = Date.now() / 1000;
    const { checks } = parseJsonObject(await readiness.text());
    const metadata = await ask(`${apiUrl}/.well-known/oauth-protected-resource`);
    const { authorization_servers: servers } = parseJsonObject(await metadata.text());
    const [issuer] = Array.isArray(servers) ? (servers as unknown[]) : [];
    return {
      reachable: true,
      failedChecks: readiness.ok ? [] : failuresIn(checks, readiness.status),
      issuer: typeof issuer === 'string' ? issuer : undefined,
      clockOffset: clockOffset(date, askedAt, answeredAt),
      operations: await readOperations(apiUrl),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { reachable: false, reason: error.message };
  }
}

/**
 * Reads something with a token: the first operation that only reads and needs no id, one that the token's scopes allow
 * if there is any.
 *
 * @returns `undefined` if the API offers no such operation
 */
export async function callWith(
  apiUrl: string,
  operations: readonly Operation[],
  rawToken: string,
  token: DecodedToken,
): Promise<Answer | undefined> {
  const held = scopesOf(token);
  const readable = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  const operation = readable.find(({ scopes }) => scopes.every((scope) => held.has(scope))) ?? readable[0];
  if (!operation) return undefined;
  const answer = await ask(`${apiUrl}${operation.path}`, {
    headers: { Authorization: `Bearer ${rawToken}` },
  });
  const { code, requestId } = parseJsonObject(await answer.text());
  return {
    operation,
    status: answer.status,
    code: typeof code === 'string' ? code : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

function failuresIn(checks: unknown, status: number): readonly string[] {
  const failed = Object.entries(Object(checks) as Record<string, { status?: unknown; reason?: unknown }>)
    .filter(([, check]) => check.status === 'failed')
    .map(([name, { reason }]) => `${name} (${String(reason)})`);
  return failed.length > 0 ? failed : [`it answers ${status}`];
}
