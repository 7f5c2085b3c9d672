import { passportJwtSecret } from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { issuer, jwksUri } from './environment';
import { checkScope, serveWith } from './hardened-express';

passport.use(
  new Strategy(
    {
      secretOrKeyProvider: passportJwtSecret({ jwksUri, cache: true, rateLimit: true }),
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      issuer,
      algorithms: ['RS256'],
    },
    (claims: object, done) => done(null, claims),
  ),
);

serveWith(
  passport.authenticate('jwt', { session: false }) as Parameters<typeof serveWith>[0],
  checkScope((req) => req.user),
);
