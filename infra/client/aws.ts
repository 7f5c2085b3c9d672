import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { exitCodes, Failure } from './failure';

/** The services that onboarding speaks to, all in one Region. */
export interface Aws {
  readonly cognito: CognitoIdentityProviderClient;
  readonly ssm: SSMClient;
  readonly ecs: ECSClient;
  readonly secretsManager: SecretsManagerClient;
}

/** Which AWS is meant. */
export interface AwsOptions {
  /** Without it, the SDK's own sources: AWS_REGION, the profile. */
  readonly region?: string | undefined;
  /** The stand-in that `npm run local` has started, instead of AWS. */
  readonly local?: boolean | undefined;
}

/** Clients with the SDK's chain of credentials. */
export function openAws({ region, local }: AwsOptions, env: NodeJS.ProcessEnv): Aws {
  const config = {
    ...(local && standIn(env)),
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

function standIn({ LOCAL_COGNITO_PORT: port = '4000' }: NodeJS.ProcessEnv) {
  if (!/^\d{1,5}$/.test(port))
    throw new Failure('LOCAL_COGNITO_PORT: expected a port number', exitCodes.usage);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}
