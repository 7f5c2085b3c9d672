import { createHash, timingSafeEqual } from 'node:crypto';
import { OAuthError } from './oauth-error';
import type { Client } from './state';
import type { UserPool } from './user-pool';

interface Credentials {
  id: string;
  secret: string;
}

/**
 * Finds out which app client sends a token request, by HTTP Basic or by `client_id` and `client_secret` in the
 * body (https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1).
 *
 * @param authorization The Authorization header.
 * @param form The body's parameters.
 * @throws OAuthError `invalid_request` for both ways at once, `invalid_client` for everything else.
 */
export function authenticateClient(
  pool: UserPool,
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
): Client {
  const { id, secret } = authorization === undefined ? fromBody(form) : fromHeader(authorization, form);
  const client = pool.findClient(id);
  // Compared also when there is no such client, so that the time taken does not tell.
  const matches = equal(secret, client?.clientSecret ?? '');
  if (!client) throw new OAuthError('invalid_client', 'no such client');
  if (!matches) throw new OAuthError('invalid_client', 'wrong client secret');
  return client;
}

function fromBody(form: ReadonlyMap<string, string>): Credentials {
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (id === undefined || secret === undefined)
    throw new OAuthError('invalid_client', 'no client credentials');
  return { id, secret };
}

function fromHeader(authorization: string, form: ReadonlyMap<string, string>): Credentials {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1] ?? '';
  const pair = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString());
  if (!pair) throw new OAuthError('invalid_client', 'the Authorization header is not HTTP Basic');

  const [id, secret] = [pair[1], pair[2]].map(formDecode);
  if (id === undefined || secret === undefined) {
    throw new OAuthError(
      'invalid_client',
      'the credentials in the Authorization header are not form-encoded',
    );
  }
  // A client_id beside HTTP Basic only names the client a second time, which many libraries do.
  if (form.has('client_secret') || (form.get('client_id') ?? id) !== id) {
    throw new OAuthError('invalid_request', 'credentials in the Authorization header and in the body');
  }
  return { id, secret };
}

function formDecode(text = ''): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Digests have one length, which the constant-time comparison needs. */
function equal(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
