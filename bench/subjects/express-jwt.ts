import { expressjwt, type Request } from 'express-jwt';
import { expressJwtSecret, type GetVerificationKey } from 'jwks-rsa';
import { issuer, jwksUri } from './environment';
import { checkScope, serveWith } from './hardened-express';

const secret = expressJwtSecret({ jwksUri, cache: true, rateLimit: true }) as GetVerificationKey;

serveWith(
  expressjwt({ secret, issuer, algorithms: ['RS256'] }),
  checkScope((req) => (req as Request).auth),
);
