import { type KeyObject, sign } from 'node:crypto';
import { publicJwk } from './jwks';

/**
 * Signs claims as a compact JWS (https://www.rfc-editor.org/rfc/rfc7515#section-7.1) with RS256. The header has `kid`
 * and `alg` only, as Cognito's; there is no `typ`.
 */
export function signJwt(claims: object, privateKey: KeyObject): string {
  const header = { kid: publicJwk(privateKey).kid, alg: 'RS256' };
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}
