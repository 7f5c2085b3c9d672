import { type Aws, openAws } from './aws';
import { type Deployment, readDeployment } from './deployment';
import type { Terminal } from './terminal';

/** All that a command works with. */
export interface Session extends Aws {
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

/** @throws Failure if there is no such deployment */
export async function openSession(
  { deployment, region, local }: CommonOptions,
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
): Promise<Session> {
  const aws = openAws({ region, local }, env);
  return { ...aws, deployment: await readDeployment(aws.ssm, deployment), terminal, env };
}
