/** The two issuer URLs of a user pool. A pool is configured to use one of them in its tokens. */
export function issuersOf(userPoolId: string): { readonly original: string; readonly updated: string } {
  const region = regionOf(userPoolId);
  return {
    original: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    updated: `https://issuer-cognito-idp.${region}.amazonaws.com/${userPoolId}`,
  };
}

/** The Region of a user pool: the part of its id before the underscore. */
export function regionOf(userPoolId: string): string {
  return userPoolId.replace(/_.*/, '');
}
