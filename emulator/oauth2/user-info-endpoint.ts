import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { CognitoAccessTokenPayload } from 'aws-jwt-verify/jwt-model';
import express, { type RequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { openToWebPages } from './cors';
import type { RevokedSignIns } from './revocation-endpoint';
import { publishedKeys } from '../store/signing-key';
import type { UserPool } from '../store/state';
import { attributesFor } from '../tokens/user-attributes';
import type { UserPools } from '../store/store';

/**
 * `/oauth2/userInfo` of a pool's domain (https://openid.net/specs/openid-connect-core-1_0.html#UserInfo): the attributes
 * of the user that the scopes of an access token open, each as a text, which Cognito makes even of `email_verified`.
 * A missing token is 400 and a missing scope 401, as with Cognito; RFC 6750 §3.1 has 401 and 403.
 */
export function userInfoEndpoint(pools: UserPools, revoked: RevokedSignIns, logger: Logger): Router {
  const answer: RequestHandler = (req, res) => {
    const refuse = (status: 400 | 401, error: string, description: string) => {
      logger.warn({ error }, `userInfo request refused: ${description}`);
      res.set('WWW-Authenticate', `Bearer error="${error}", error_description="${description}"`);
      res.status(status).json({ error, error_description: description });
    };
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.get('Authorization') ?? '')?.[1];
    if (token === undefined) return refuse(400, 'invalid_request', 'no access token in the header');

    const { pool, claims } = verify(pools, req.get('Host'), token) ?? {};
    if (!claims || revoked.has(claims.origin_jti))
      return refuse(401, 'invalid_token', 'the access token is invalid, expired or revoked');
    const scopes = claims.scope.split(' ');
    if (!scopes.includes('openid'))
      return refuse(401, 'invalid_token', 'the access token does not have the scope openid');
    const user = pool?.users.find(({ sub }) => sub === claims.sub);
    if (!user?.enabled) return refuse(401, 'invalid_token', 'the user is gone or disabled');

    res.json({ ...attributesFor(scopes, user.attributes), sub: user.sub, username: user.username });
  };

  const router = express.Router();
  router.use(openToWebPages('GET, POST'));
  router.get('/', answer);
  router.post('/', answer);
  router.all('/', (_req, res) => {
    res.status(405).set('Allow', 'GET, POST, OPTIONS').json({ error: 'invalid_request' });
  });
  return router;
}

/** The claims of an access token, and the pool that issued it; `undefined` when it is not good. */
function verify(
  pools: UserPools,
  host: string | undefined,
  token: string,
): { pool: UserPool; claims: CognitoAccessTokenPayload } | undefined {
  try {
    // Only to know whose keys to verify it with.
    const { client_id: clientId } = decomposeUnverifiedJwt(token).payload;
    const known = typeof clientId === 'string' ? pools.findClient(clientId, host) : undefined;
    if (!known) return undefined;
    const { pool, client } = known;
    const verifier = CognitoJwtVerifier.create({
      userPoolId: pool.id,
      tokenUse: 'access',
      clientId: client.clientId,
    });
    verifier.cacheJwks({ keys: publishedKeys(pool).map((key) => ({ ...key })) });
    return { pool, claims: verifier.verifySync(token) };
  } catch {
    return undefined;
  }
}
