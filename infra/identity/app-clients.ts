import { Duration } from 'aws-cdk-lib';
import { OAuthScope, type UserPoolClientOptions } from 'aws-cdk-lib/aws-cognito';
import type { InteractiveClientSettings } from '../settings';

/** An app client with a secret and the client-credentials grant. */
export function machineClient(
  userPoolClientName: string,
  scopes: OAuthScope[],
  accessTokenValidity: Duration,
): UserPoolClientOptions {
  return {
    userPoolClientName,
    generateSecret: true,
    // The default allows every flow with which users can sign in.
    authFlows: { user: false },
    oAuth: { flows: { clientCredentials: true }, scopes },
    accessTokenValidity,
    preventUserExistenceErrors: true,
  };
}

/** An app client without a secret for users who sign in. */
export function interactiveClient(
  { callbackUrls, implicitGrant }: InteractiveClientSettings,
  apiScopes: OAuthScope[],
): UserPoolClientOptions {
  return {
    userPoolClientName: 'interactive',
    // The default includes a refresh flow that excludes refresh-token rotation.
    authFlows: { userSrp: true },
    // Runs in browsers and on users' machines, which cannot keep a secret: PKCE takes its place.
    generateSecret: false,
    oAuth: {
      flows: { authorizationCodeGrant: true, implicitCodeGrant: implicitGrant },
      scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE, ...apiScopes],
      callbackUrls,
    },
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(1),
    refreshTokenRotationGracePeriod: Duration.seconds(10),
    preventUserExistenceErrors: true,
  };
}
