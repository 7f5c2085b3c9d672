import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { CommandError, exitCodes } from '../command-error';

/** SDK clients of the AWS services that the command line calls, all in one Region. */
export interface AwsClients {
  readonly cognito: CognitoIdentityProviderClient;
  readonly ssm: SSMClient;
  readonly ecs: ECSClient;
  readonly secretsManager: SecretsManagerClient;
}

/** Which AWS the clients call. */
export interface AwsOptions {
  /** By default what the SDK finds: AWS_REGION, the profile. */
  readonly region?: string | undefined;
  /** The emulator that `npm run local` has started, instead of AWS. */
  readonly local?: boolean | undefined;
}

/**
 * Creates the clients, with credentials from the SDK's default chain.
 *
 * @throws CommandError if LOCAL_COGNITO_PORT is not a port number
 */
export function createAwsClients({ region, local }: AwsOptions, env: NodeJS.ProcessEnv): AwsClients {
  const config = {
    ...(local && emulatorConfig(env)),
    ...(region && { region }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  };
  return {
    cognito: new CognitoIdentityProviderClient(config),
    ssm: new SSMClient(config),
    ecs: new ECSClient(config),
    secretsManager: new SecretsManagerClient(config),
  };
}

function emulatorConfig({ LOCAL_COGNITO_PORT: port = '4000' }: NodeJS.ProcessEnv) {
  if (!/^\d{1,5}$/.test(port))
    throw new CommandError('LOCAL_COGNITO_PORT: expected a port number', exitCodes.usage);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}
