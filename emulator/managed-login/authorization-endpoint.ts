import type { RequestHandler } from 'express';
import type { AuthorizationCodes } from '../oauth2/authorization-codes';
import type { Store } from '../store/store';
import { queryOf, readAuthorizationRequest, refusalOf } from './authorization-request';
import { authorizationResponse } from './authorization-response';
import { redirect } from './redirect';
import type { Sessions } from './sessions';

/**
 * `GET /oauth2/authorize`: back to the client at once with a session, otherwise to the login page, as far as `prompt`
 * permits (https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest).
 */
export function authorizationEndpoint(
  store: Store,
  codes: AuthorizationCodes,
  sessions: Sessions,
): RequestHandler {
  return (req, res) => {
    const request = readAuthorizationRequest(store, req);
    const session = request.prompt === 'login' ? undefined : sessions.find(req, request.pool);
    if (session) return redirect(res, 302, authorizationResponse(store, codes, request, session));
    if (request.prompt === 'none') throw refusalOf(request, 'login_required', 'no session');
    redirect(res, 302, `/login?${queryOf(req).toString()}`);
  };
}
