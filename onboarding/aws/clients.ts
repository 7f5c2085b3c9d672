import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/** SDK clients of the AWS services that the command line calls, all in one Region. */
export interface AwsClients {
  readonly cognito: CognitoIdentityProviderClient;
  /** Without retries: for what must not be done twice where an answer is lost. */
  readonly cognitoOnce: CognitoIdentityProviderClient;
  readonly ssm: SSMClient;
  readonly secretsManager: SecretsManagerClient;
}

/** Which AWS the clients call. */
export interface AwsOptions {
  /** By default what the SDK finds: AWS_REGION, the profile. */
  readonly region?: string | undefined;
  /** URL of the emulator that is called instead of AWS. */
  readonly emulator?: string | undefined;
}

/** Creates the clients, with credentials from the SDK's default chain. */
export function createAwsClients({ region, emulator }: AwsOptions): AwsClients {
  const config = {
    ...(emulator && {
      endpoint: emulator,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
    ...(region && { region }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  };
  return {
    cognito: new CognitoIdentityProviderClient(config),
    cognitoOnce: new CognitoIdentityProviderClient({ ...config, maxAttempts: 1 }),
    ssm: new SSMClient(config),
    secretsManager: new SecretsManagerClient(config),
  };
}
