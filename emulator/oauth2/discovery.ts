import express, { type Router } from 'express';
import type { Store } from '../store/store';
import { issuerUrl } from '../tokens/issuer';
import { jwksOf } from '../tokens/jwks';

/** `/<poolId>/.well-known/…`, on the issuer's host at Cognito: the pool's JWKS and its OpenID configuration. */
export function discovery(store: Store): Router {
  const router = express.Router();

  router.get('/:userPoolId/.well-known/jwks.json', (req, res, next) => {
    const pool = store.findUserPool(req.params.userPoolId);
    if (!pool) return next();
    res.json(jwksOf(pool));
  });

  // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
  router.get('/:userPoolId/.well-known/openid-configuration', (req, res, next) => {
    const pool = store.findUserPool(req.params.userPoolId);
    if (!pool) return next();
    // The issuer is AWS's, since it is in the tokens. The endpoints are on this server, under the name that the
    // caller used. At Cognito, the JWKS is on the issuer's host and the rest on the pool's domain.
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
