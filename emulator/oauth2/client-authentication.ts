import { hasSecret } from '../store/client-secret';
import type { Client, UserPool } from '../store/state';
import type { Store } from '../store/store';
import type { Form } from './form';
import type { FormRequest } from './form-endpoint';
import { OAuthError } from './oauth-error';

/** An app client that has authenticated, and its user pool. */
export interface AuthenticatedClient {
  pool: UserPool;
  client: Client;
}

interface Credentials {
  id: string;
  /** A public client sends none. */
  secret: string | undefined;
}

/**
 * Authenticates the app client of a request, by HTTP Basic or by `client_id` and `client_secret` in the body
 * (https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1), with any of its secrets. A public client has none and only
 * sends its id.
 *
 * @throws OAuthError `invalid_request` for both ways at once, `invalid_client` otherwise.
 */
export function authenticateClient(
  store: Store,
  { host, authorization, form }: FormRequest,
): AuthenticatedClient {
  const { id, secret } = authorization === undefined ? fromBody(form) : fromHeader(authorization, form);
  const found = store.findClient(id, host);
  if (!found) throw new OAuthError('invalid_client', 'no such client');

  if (secret === undefined) {
    if (found.client.secrets.length === 0) return found;
    throw new OAuthError('invalid_client', 'no client secret');
  }
  if (hasSecret(found.client, secret)) return found;
  throw new OAuthError('invalid_client', 'wrong client secret');
}

function fromBody(form: Form): Credentials {
  const id = form.get('client_id');
  if (id === undefined) throw new OAuthError('invalid_client', 'no client credentials');
  return { id, secret: form.get('client_secret') };
}

function fromHeader(authorization: string, form: Form): Credentials {
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
  // A client_id besides HTTP Basic only repeats the client's name, which many libraries do.
  if (form.has('client_secret') || (form.get('client_id') ?? id) !== id) {
    throw new OAuthError('invalid_request', 'credentials in the Authorization header and in the body');
  }
  return { id, secret: secret || undefined };
}

function formDecode(text = ''): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
