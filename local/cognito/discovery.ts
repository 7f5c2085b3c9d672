import express, { type Router } from 'express';
import type { UserPool } from './user-pool';

/** `/<poolId>/.well-known/…`, which Cognito serves on the issuer's host: the pool's keys and its description. */
export function discovery(pool: UserPool): Router {
  const router = express.Router();

  router.get('/jwks.json', (_req, res) => {
    res.json({ keys: pool.publishedKeys() });
  });

  // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
  router.get('/openid-configuration', (req, res) => {
    // The issuer is the real one, since tokens carry it. The endpoints are this server's, under the name that
    // the client reached it by: at Cognito the keys are on the issuer's host, the rest on the pool's domain.
    const here = `${req.protocol}://${req.host}`;
    res.json({
      authorization_endpoint: `${here}/oauth2/authorize`,
      end_session_endpoint: `${here}/logout`,
      id_token_signing_alg_values_supported: ['RS256'],
      issuer: pool.issuer,
      jwks_uri: `${here}/${pool.id}/.well-known/jwks.json`,
      response_types_supported: ['code', 'token'],
      revocation_endpoint: `${here}/oauth2/revoke`,
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
      token_endpoint: `${here}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      userinfo_endpoint: `${here}/oauth2/userInfo`,
    });
  });
  return router;
}
