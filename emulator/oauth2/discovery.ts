import express, { type Router } from 'express';
import { issuerUrl } from '../tokens/issuer';
import { publishedKeys } from '../store/signing-key';
import type { UserPools } from '../store/store';

/** `/<poolId>/.well-known/…`, which Cognito serves on the issuer's host: the pool's keys and its description. */
export function discovery(pools: UserPools): Router {
  const router = express.Router();

  router.get('/:userPoolId/.well-known/jwks.json', (req, res, next) => {
    const pool = pools.find(req.params.userPoolId);
    if (!pool) return next();
    res.json({ keys: publishedKeys(pool) });
  });

  // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
  router.get('/:userPoolId/.well-known/openid-configuration', (req, res, next) => {
    const pool = pools.find(req.params.userPoolId);
    if (!pool) return next();
    // The issuer is the real one, since tokens carry it. The endpoints are this server's, under the name that
    // the client reached it by: at Cognito the keys are on the issuer's host, the rest on the pool's domain.
    const here = `${req.protocol}://${req.host}`;
    res.json({
      ...(pool.domain && {
        authorization_endpoint: `${here}/oauth2/authorize`,
        end_session_endpoint: `${here}/logout`,
        revocation_endpoint: `${here}/oauth2/revoke`,
        token_endpoint: `${here}/oauth2/token`,
        userinfo_endpoint: `${here}/oauth2/userInfo`,
      }),
      id_token_signing_alg_values_supported: ['RS256'],
      issuer: issuerUrl(pool),
      jwks_uri: `${here}/${pool.id}/.well-known/jwks.json`,
      response_types_supported: ['code', 'token'],
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
  });
  return router;
}
