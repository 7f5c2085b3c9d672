/** What every subject is configured with, under the names that the service reads. */
function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const host = '127.0.0.1';
export const port = Number(variable('PORT'));
export const userPoolId = variable('COGNITO_USER_POOL_ID');
export const issuer = `https://cognito-idp.${userPoolId.split('_', 1).join()}.amazonaws.com/${userPoolId}`;
export const clientIds = variable('COGNITO_CLIENT_IDS').split(',');
export const jwksUri = variable('COGNITO_JWKS_URI');
export const requiredScope = `${variable('RESOURCE_SERVER_IDENTIFIER')}/things.read`;
