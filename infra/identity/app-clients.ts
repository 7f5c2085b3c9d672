import { Duration } from 'aws-cdk-lib';
import {
  type CfnUserPoolClient,
  OAuthScope,
  type UserPool,
  type UserPoolClient,
  type UserPoolClientOptions,
} from 'aws-cdk-lib/aws-cognito';
import { acceptFindings } from '../accepted-findings';
import type { InteractiveClientSettings } from '../settings';

export interface MachineClientProps {
  readonly name: string;
  readonly scopes: readonly OAuthScope[];
  readonly accessTokenValidity: Duration;
  /** Whether the pool has a token endpoint. */
  readonly domain: boolean;
}

/**
 * Adds an app client with a secret for machines. They get tokens with the client-credentials grant or, from a pool
 * without a domain, with GetClientToken.
 */
export function addMachineClient(
  userPool: UserPool,
  id: string,
  { name, scopes, accessTokenValidity, domain }: MachineClientProps,
): UserPoolClient {
  const client = userPool.addClient(id, {
    userPoolClientName: name,
    generateSecret: true,
    // The default allows every flow with which users can sign in.
    authFlows: { user: false },
    ...(domain
      ? { oAuth: { flows: { clientCredentials: true }, scopes: [...scopes] } }
      : { disableOAuth: true }),
    accessTokenValidity,
    preventUserExistenceErrors: true,
  });
  if (!domain) {
    const resource = client.node.defaultChild as CfnUserPoolClient;
    // Cognito allows no other flow beside it, and the CDK does not know it.
    resource.explicitAuthFlows = ['ALLOW_CLIENT_TOKEN_AUTH'];
    acceptFindings(resource, {
      'CloudFormation-Validate::W3030': 'The flow is younger than the list of flows in the CDK.',
    });
    resource.allowedOAuthScopes = scopes.map(({ scopeName }) => scopeName);
  }
  return client;
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
