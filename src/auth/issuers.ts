/** The two issuer URLs of a user pool; which one its tokens carry is chosen per pool. */
export function issuersOf(userPoolId: string): { readonly original: string; readonly updated: string } {
  // The Region is the part of the id before the first underscore.
  const [region] = userPoolId.split('_');
  return {
    original: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    updated: `https://issuer-cognito-idp.${region}.amazonaws.com/${userPoolId}`,
  };
}
