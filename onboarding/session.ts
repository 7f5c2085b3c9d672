import { type AwsClients, createAwsClients } from './aws/clients';
import { type Deployment, readDeployment } from './deployment';
import type { Terminal } from './terminal';

/** Everything that a command works with. */
export interface Session extends AwsClients {
  readonly deployment: Deployment;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
}

/** The options that every command has. */
export interface CommonOptions {
  readonly deployment: string;
  readonly region?: string;
  readonly local?: boolean;
  readonly json?: boolean;
}

/**
 * Connects to AWS and reads the deployment.
 *
 * @throws CommandError if there is no such deployment
 */
export async function openSession(
  { deployment, region, local }: CommonOptions,
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
): Promise<Session> {
  const aws = createAwsClients({ region, local }, env);
  return { ...aws, deployment: await readDeployment(aws.ssm, deployment), terminal, env };
}
