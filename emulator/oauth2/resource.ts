import type { Form } from './form';
import { OAuthError } from './oauth-error';

/**
 * Whether an access token can be bound to the resource: an absolute URI without a fragment
 * (https://www.rfc-editor.org/rfc/rfc8707#section-2). Of the schemes, Cognito accepts https, http to localhost only, and
 * an app's own such as `myapp://`. It need not be the identifier of a resource server.
 */
export function isResource(text: string): boolean {
  if (!/^[a-z][\w+.-]*:\/\//i.test(text) || !URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return protocol !== 'http:' || hostname === 'localhost';
}

/**
 * The resource of the access token that a token request gets (https://www.rfc-editor.org/rfc/rfc8707#section-2.2). A
 * request may repeat the resource of its authorization request, but not replace it.
 *
 * @throws OAuthError `invalid_request` for another or a malformed resource
 */
export function resourceOf(form: Form, bound: string | undefined): string | undefined {
  const requested = form.get('resource');
  if (requested === undefined || requested === bound) return bound;
  if (bound !== undefined) throw new OAuthError('invalid_request', 'bound to another resource');
  if (!isResource(requested)) throw new OAuthError('invalid_request', 'the resource is not a URL');
  return requested;
}
