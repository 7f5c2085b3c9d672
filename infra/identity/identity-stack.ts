import {
  Aws,
  CfnOutput,
  CrossStackReferences,
  Duration,
  Fn,
  ReferenceStrength,
  RemovalPolicy,
  SecretValue,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import {
  AccountRecovery,
  type CfnUserPool,
  type CfnUserPoolClient,
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acceptFindings, AWS_KEY } from '../accepted-findings';
import type { Settings } from '../settings';
import { WebAcl } from '../web-acl';
import { addMachineClient, interactiveClient } from './app-clients';
import type { Scope } from './scope-catalogue';

/** What the service needs to know about the user pool. */
export interface Identity {
  readonly userPoolId: string;
  /** The UPDATED form. */
  readonly issuer: string;
  /** The pool domain's /oauth2/token; none without a domain. */
  readonly tokenUrl: string | undefined;
  readonly resourceServerIdentifier: string;
  /** App client that manages clients; none without operator scopes. */
  readonly operatorClientId: string | undefined;
}

export interface IdentityStackProps extends StackProps {
  readonly settings: Settings;
  /** Scopes of the API's resource server. */
  readonly scopes: readonly Scope[];
}

/** The user pool that issues the tokens, with the API's scopes and the first app clients. */
export class IdentityStack extends Stack {
  readonly identity: Identity;

  constructor(scope: Construct, id: string, { settings, scopes, ...props }: IdentityStackProps) {
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
    const resource = userPool.node.defaultChild as CfnUserPool;
    resource.issuerConfiguration = { type: 'UPDATED' };
    if (settings.kmsKeyArn)
      resource.keyConfiguration = { keyType: 'CUSTOMER_MANAGED_KEY', kmsKeyArn: settings.kmsKeyArn };
    acceptFindings(userPool, {
      'AwsSolutions-COG8':
        'PLUS adds threat protection for sign-in. The callers are machines, and users need a second factor.',
    });

    const tokenUrl = settings.userPoolDomain ? this.#addDomain(userPool, settings) : undefined;
    const resourceServerScopes = scopes.map(({ name, description, operator }) => ({
      operator,
      scope: new ResourceServerScope({ scopeName: name, scopeDescription: description }),
    }));
    const resourceServer = userPool.addResourceServer('ResourceServer', {
      userPoolResourceServerName: settings.name,
      identifier: settings.resourceServerIdentifier,
      scopes: resourceServerScopes.map(({ scope }) => scope),
    });
    const scopesFor = (wanted: { operator: boolean }) =>
      resourceServerScopes
        .filter(({ operator }) => operator === wanted.operator)
        .map(({ scope }) => OAuthScope.resourceServer(resourceServer, scope));
    const apiScopes = scopesFor({ operator: false });
    const operatorScopes = scopesFor({ operator: true });

    const machine = addMachineClient(userPool, 'MachineClient', {
      name: 'machine',
      scopes: apiScopes,
      accessTokenValidity: Duration.hours(1),
      domain: settings.userPoolDomain,
    });
    if (settings.interactiveClient) {
      const client = userPool.addClient(
        'InteractiveClient',
        interactiveClient(settings.interactiveClient, apiScopes),
      );
      new CfnOutput(this, 'InteractiveClientId', { value: client.userPoolClientId });
    }
    const operator =
      operatorScopes.length > 0
        ? addMachineClient(userPool, 'OperatorClient', {
            name: 'operator',
            scopes: operatorScopes,
            accessTokenValidity: Duration.minutes(15),
            domain: settings.userPoolDomain,
          })
        : undefined;
    if (operator) this.#storeCredentials(operator, settings, tokenUrl);

    if (settings.userPoolWaf) {
      new WebAcl(this, 'Waf', {
        name: `${settings.name}-user-pool`,
        resourceArn: userPool.userPoolArn,
        requestsPerAddress: 1000,
        // Managed login redirects to URLs in its query, which they take for an attack.
        commonRules: false,
      });
    }

    this.identity = {
      userPoolId: userPool.userPoolId,
      issuer: `https://issuer-cognito-idp.${Aws.REGION}.amazonaws.com/${userPool.userPoolId}`,
      tokenUrl,
      resourceServerIdentifier: settings.resourceServerIdentifier,
      operatorClientId: operator?.userPoolClientId,
    };
    new CfnOutput(this, 'UserPoolId', { value: userPool.userPoolId });
    // The service stack of 0.1.0 reads it under this name, and again if its upgrade is rolled back.
    if (!settings.clientIdsImported)
      new CfnOutput(this, 'UserPoolIdOf010', { value: userPool.userPoolId }).overrideLogicalId(
        'PublishOutputRefUserPool6BA7E5F24B752AC8',
      );
    if (tokenUrl) new CfnOutput(this, 'TokenUrl', { value: tokenUrl });
    new CfnOutput(this, 'MachineClientId', { value: machine.userPoolClientId });
  }

  /** @returns the URL of the token endpoint */
  #addDomain(userPool: UserPool, { name, domainPrefix }: Settings): string {
    const domain = userPool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: domainPrefix ?? uniquePrefix(name) },
    });
    // A generated domain never changes. Importing it strongly would block a change to a domain of one's choice.
    CrossStackReferences.of(domain).produce(ReferenceStrength.WEAK);
    // With the prefix itself where it is set, so that the service stack changes with it.
    const prefix = domainPrefix ?? domain.domainName;
    return `https://${prefix}.auth.${Aws.REGION}.amazoncognito.com/oauth2/token`;
  }

  /** Keeps the operator client's secret in Secrets Manager, in the form of the onboarding's credentials. */
  #storeCredentials(
    client: UserPoolClient,
    { name, domainName }: Settings,
    tokenUrl: string | undefined,
  ): void {
    const { attrClientSecret } = client.node.defaultChild as CfnUserPoolClient;
    const secret = new Secret(this, 'OperatorCredentials', {
      secretName: `${name}/operator`,
      description: 'Credentials of the app client operator, which manages clients',
      secretObjectValue: {
        apiUrl: SecretValue.unsafePlainText(`https://${domainName}`),
        ...(tokenUrl && { tokenUrl: SecretValue.unsafePlainText(tokenUrl) }),
        clientId: SecretValue.unsafePlainText(client.userPoolClientId),
        clientSecret: SecretValue.resourceAttribute(attrClientSecret),
      },
    });
    const rotation = 'Cognito creates the secret, and the operator rotates it with the command line.';
    acceptFindings(secret, {
      'AwsSolutions-SMG4': rotation,
      'NIST.800.53.R5-SecretsManagerRotationEnabled': rotation,
      'NIST.800.53.R5-SecretsManagerUsingKMSKey': AWS_KEY,
    });
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
