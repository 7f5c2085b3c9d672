import {
  Aws,
  CfnOutput,
  CrossStackReferences,
  Duration,
  Fn,
  ReferenceStrength,
  RemovalPolicy,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib';
import {
  AccountRecovery,
  type CfnUserPool,
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClientOptions,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { InteractiveClientSettings, Settings } from '../settings';
import { scopeCatalogue } from './scope-catalogue';

/** What the service needs to know about the user pool. */
export interface Identity {
  readonly userPoolId: string;
  /** The UPDATED form. */
  readonly issuer: string;
  /** The pool domain's /oauth2/token. */
  readonly tokenUrl: string;
  readonly resourceServerIdentifier: string;
}

/** The user pool that issues the tokens, with the API's scopes and the first app clients. */
export class IdentityStack extends Stack {
  readonly identity: Identity;

  constructor(scope: Construct, id: string, settings: Settings, props: StackProps) {
    super(scope, id, props);

    const userPool = new UserPool(this, 'UserPool', {
      userPoolName: settings.name,
      featurePlan: FeaturePlan.ESSENTIALS,
      // Users are invited; machines have app clients.
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection: settings.deletionProtection,
      // Unprotected, a failed first deployment leaves no pool behind.
      removalPolicy: settings.deletionProtection
        ? RemovalPolicy.RETAIN
        : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    (userPool.node.defaultChild as CfnUserPool).issuerConfiguration = { type: 'UPDATED' };
    Validations.of(userPool).acknowledge({
      id: 'AwsSolutions-COG8',
      reason:
        'PLUS adds threat protection for sign-in. The callers are machines, and users need a second factor.',
    });

    const domain = userPool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: settings.domainPrefix ?? uniquePrefix(settings.name) },
    });
    // A generated domain never changes. Importing it strongly would block a change to a domain of one's choice.
    CrossStackReferences.of(domain).produce(ReferenceStrength.WEAK);
    const scopes = scopeCatalogue.map(
      ({ name, description }) => new ResourceServerScope({ scopeName: name, scopeDescription: description }),
    );
    const resourceServer = userPool.addResourceServer('ResourceServer', {
      userPoolResourceServerName: settings.name,
      identifier: settings.resourceServerIdentifier,
      scopes,
    });
    const apiScopes = scopes.map((one) => OAuthScope.resourceServer(resourceServer, one));

    const machineClient = userPool.addClient('MachineClient', machineClientOptions(apiScopes));
    if (settings.interactiveClient) {
      const client = userPool.addClient(
        'InteractiveClient',
        interactiveClientOptions(settings.interactiveClient, apiScopes),
      );
      new CfnOutput(this, 'InteractiveClientId', { value: client.userPoolClientId });
    }

    this.identity = {
      userPoolId: userPool.userPoolId,
      issuer: `https://issuer-cognito-idp.${Aws.REGION}.amazonaws.com/${userPool.userPoolId}`,
      // With the prefix itself where it is set, so that the service stack changes with it.
      tokenUrl: `https://${settings.domainPrefix ?? domain.domainName}.auth.${Aws.REGION}.amazoncognito.com/oauth2/token`,
      resourceServerIdentifier: settings.resourceServerIdentifier,
    };
    new CfnOutput(this, 'UserPoolId', { value: userPool.userPoolId });
    new CfnOutput(this, 'TokenUrl', { value: this.identity.tokenUrl });
    new CfnOutput(this, 'MachineClientId', { value: machineClient.userPoolClientId });
  }
}

/** Gives a prefix that is unique in the Region, as Cognito requires, and the same for the life of the stack. It does not reveal the account. */
function uniquePrefix(name: string): string {
  const stackUuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  // The low bits of the time: the part of a version 1 UUID that changes fastest.
  const time = Fn.select(0, Fn.split('-', stackUuid));
  // Cognito refuses these words.
  const words = name.split('-').filter((word) => !/aws|amazon|cognito/.test(word));
  return [...words, time].join('-');
}

function machineClientOptions(apiScopes: OAuthScope[]): UserPoolClientOptions {
  return {
    userPoolClientName: 'machine',
    generateSecret: true,
    // The default allows every flow with which users can sign in.
    authFlows: { user: false },
    oAuth: { flows: { clientCredentials: true }, scopes: apiScopes },
    accessTokenValidity: Duration.hours(1),
    preventUserExistenceErrors: true,
  };
}

function interactiveClientOptions(
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
