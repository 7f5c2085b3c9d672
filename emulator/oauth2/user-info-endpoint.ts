import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { CognitoAccessTokenPayload } from 'aws-jwt-verify/jwt-model';
import express, { type RequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import type { UserPool } from '../store/state';
import type { Store } from '../store/store';
import { jwksOf } from '../tokens/jwks';
import { attributesFor } from '../tokens/user-attributes';
import { cors } from './cors';
import type { RevokedSignIns } from './revocation-endpoint';

/**
 * `/oauth2/userInfo` of a pool's domain (https://openid.net/specs/openid-connect-core-1_0.html#UserInfo): the user's
 * attributes that the scopes of the access token grant. All are strings, as with Cognito, even `email_verified`.
 * A missing token is 400 and a missing scope 401, as with Cognito; RFC 6750 §3.1 has 401 and 403.
 */
export function userInfoEndpoint(store: Store, revoked: RevokedSignIns, logger: Logger): Router {
  const respond: RequestHandler = (req, res) => {
    const refuse = (status: 400 | 401, error: string, description: string) => {
      logger.warn({ error }, `userInfo request refused: ${description}`);
      res.set('WWW-Authenticate', `Bearer error="${error}", error_description="${description}"`);
      res.status(status).json({ error, error_description: description });
    };
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.get('Authorization') ?? '')?.[1];
    if (token === undefined) return refuse(400, 'invalid_request', 'no access token in the header');

    const { pool, claims } = verify(store, req.get('Host'), token) ?? {};
    if (!claims || revoked.has(claims.origin_jti))
      return refuse(401, 'invalid_token', 'the access token is invalid, expired or revoked');
    const scopes = claims.scope.split(' ');
    if (!scopes.includes('openid'))
      return refuse(401, 'invalid_token', 'the access token does not have the scope openid');
    const user = pool?.users.find(({ sub }) => sub === claims.sub);
    if (!user?.enabled) return refuse(401, 'invalid_token', 'the user is deleted or disabled');

    res.json({ ...attributesFor(scopes, user.attributes), sub: user.sub, username: user.username });
  };

  const router = express.Router();
  router.use(cors('GET, POST'));
  router.get('/', respond);
  router.post('/', respond);
  router.all('/', (_req, res) => {
    res.status(405).set('Allow', 'GET, POST, OPTIONS').json({ error: 'invalid_request' });
  });
  return router;
}

/** The claims of a valid access token, and the pool that issued it; `undefined` for any other token. */
function verify(
  store: Store,
  host: string | undefined,
  token: string,
): { pool: UserPool; claims: CognitoAccessTokenPayload } | undefined {
  try {
    // Used only to choose the keys for the verification.
    const { client_id: clientId } = decomposeUnverifiedJwt(token).payload;
    const found = typeof clientId === 'string' ? store.findClient(clientId, host) : undefined;
    if (!found) return undefined;
    const { pool, client } = found;
    const verifier = CognitoJwtVerifier.create({
      userPoolId: pool.id,
      tokenUse: 'access',
      clientId: client.clientId,
    });
    verifier.cacheJwks({ keys: jwksOf(pool).keys.map((key) => ({ ...key })) });
    return { pool, claims: verifier.verifySync(token) };
  } catch {
    return undefined;
  }
}
