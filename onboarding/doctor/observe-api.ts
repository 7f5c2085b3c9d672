import { type Operation, readOperations } from '../read-operations';
import { sendRequest } from '../send-request';
import { CommandError } from '../command-error';
import { parseJsonObject } from '../parse-json-object';
import { type DecodedToken, scopesOf } from '../token/decode-token';
import { clockOffset } from './clock-offset';

/** What the API shows without a token. */
export type ApiObservation =
  | { readonly reachable: false; readonly reason: string }
  | {
      readonly reachable: true;
      /** The checks of `/readyz` that have failed, with their reasons; none where it is ready. */
      readonly failedChecks: readonly string[];
      /** The authorization server in its metadata (RFC 9728 §2). */
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

/** Requests the API's public endpoints. */
export async function observeApi(apiUrl: string): Promise<ApiObservation> {
  try {
    const askedAt = Date.now() / 1000;
    const readiness = await sendRequest(`${apiUrl}/readyz`);
    const date = Date.parse(readiness.headers.get('Date') ?? '') / 1000;
    const answeredAt = Date.now() / 1000;
    const { checks } = parseJsonObject(await readiness.text());
    const metadata = await sendRequest(`${apiUrl}/.well-known/oauth-protected-resource`);
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
    if (!(error instanceof CommandError)) throw error;
    return { reachable: false, reason: error.message };
  }
}

/**
 * Calls the first GET operation without a path parameter, preferably one that the token's scopes allow, else one that needs
 * none.
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
  const allowed = readable.filter(({ scopes }) => scopes.every((scope) => held.has(scope)));
  const operation = allowed.find(({ scopes }) => scopes.length > 0) ?? allowed[0] ?? readable[0];
  if (!operation) return undefined;
  const answer = await sendRequest(`${apiUrl}${operation.path}`, {
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
