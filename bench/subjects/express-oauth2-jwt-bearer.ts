import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { issuer, jwksUri, requiredScope } from './environment';
import { serveWith } from './hardened-express';

serveWith(
  // An audience must be given, and Cognito's tokens have none to compare it with.
  auth({ issuer, jwksUri, audience: 'none', tokenSigningAlg: 'RS256', validators: { aud: false } }),
  requiredScopes(requiredScope),
);
