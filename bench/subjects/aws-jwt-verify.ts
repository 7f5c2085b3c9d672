import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { clientIds, jwksUri, requiredScope, userPoolId } from './environment';
import { serveWith } from './hardened-express';

// The package fetches from the pool's own address only; what fetches may be replaced.
const fetcher = { fetch: async () => (await fetch(jwksUri)).arrayBuffer() };
const verifier = CognitoJwtVerifier.create(
  { userPoolId, tokenUse: 'access', clientId: clientIds, scope: requiredScope },
  { jwksCache: new SimpleJwksCache({ fetcher }) },
);

serveWith(async (req, res, next) => {
  try {
    await verifier.verify(req.headers.authorization?.replace(/^Bearer /, '') ?? '');
  } catch {
    return void res.status(401).json({ error: 'invalid_token' });
  }
  next();
});
