import { issuersOf } from '../../src/auth/issuers';
import type { UserPool } from '../store/state';

/**
 * The issuer URL in the tokens of a user pool. Each pool has two:
 * ORIGINAL `https://cognito-idp.<region>.amazonaws.com/<poolId>` and
 * UPDATED `https://issuer-cognito-idp.<region>.amazonaws.com/<poolId>`.
 */
export function issuerUrl({ id, issuer }: Pick<UserPool, 'id' | 'issuer'>): string {
  const { original, updated } = issuersOf(id);
  return issuer === 'UPDATED' ? updated : original;
}

/**
 * Which of a user pool's two issuers a URL is.
 *
 * @param poolId For example `eu-central-1_Local0001`.
 * @param url The default is the ORIGINAL issuer.
 * @throws Error when the id is not a user pool id, or the URL is neither of the pool's issuers.
 */
export function issuerFormOf(poolId: string, url: string | undefined): UserPool['issuer'] {
  // The same pattern as the API's, so that the API accepts every id that passes here.
  if (!/^((eusc-)?[a-z]{2})-(gov-)?[a-z]+-\d_[a-zA-Z0-9]+$/.test(poolId)) {
    throw new Error(`"${poolId}" is not a user pool id such as eu-central-1_AbCdEf123.`);
  }
  const { original, updated } = issuersOf(poolId);
  if (url === undefined || url === original) return 'ORIGINAL';
  if (url === updated) return 'UPDATED';
  throw new Error(`The issuer of ${poolId} is ${original} or ${updated}, not ${url}.`);
}
