import { issuersOf } from '../../src/auth/issuers';

/**
 * The issuer URL of a user pool. Each pool has two, and says which one its tokens carry:
 * ORIGINAL `https://cognito-idp.<region>.amazonaws.com/<poolId>` and
 * UPDATED `https://issuer-cognito-idp.<region>.amazonaws.com/<poolId>`.
 *
 * @param poolId For example `eu-central-1_Local0001`.
 * @param chosen One of the pool's two URLs; without it the ORIGINAL one is taken.
 * @throws Error when the id is not a user pool's, or the chosen URL is not one of the pool's.
 */
export function issuerOf(poolId: string, chosen?: string): string {
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d+_[A-Za-z0-9]+$/.test(poolId)) {
    throw new Error(`"${poolId}" is not a user pool id such as eu-central-1_AbCdEf123.`);
  }
  const { original, updated } = issuersOf(poolId);
  const issuer = chosen ?? original;
  if (issuer !== original && issuer !== updated) {
    throw new Error(`The issuer of ${poolId} is ${original} or ${updated}, not ${issuer}.`);
  }
  return issuer;
}
