import type { Command } from 'commander';
import { type AwsClients, createAwsClients } from './aws/clients';
import { type Deployment, readDeployment } from './deployment';
import { emulatorUrl } from './emulator-url';
import { commandLine } from './help';
import { ClientRegistry } from './registry/client-registry';
import { Operator, type OperatorOptions } from './registry/operator';
import type { Terminal } from './terminal';

/** Everything that a command works with. */
export interface Session extends AwsClients {
  readonly deployment: Deployment;
  readonly registry: ClientRegistry;
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** Whether it is the emulator, and not AWS. */
  readonly local: boolean;
  /** The command line that runs another command against the same deployment, to be pasted into a shell. */
  readonly commandLine: (command: string, ...args: readonly string[]) => string;
}

/** The options that every command has. */
export interface CommonOptions extends OperatorOptions {
  readonly deployment: string;
  readonly region?: string;
  readonly local?: boolean;
  readonly json?: boolean;
}

export const DEFAULT_DEPLOYMENT = 'cognito-resource-server';

/** Adds the options that every command has. */
export function withCommonOptions(program: Command): Command {
  return program
    .option('--deployment <name>', 'which deployment', DEFAULT_DEPLOYMENT)
    .option('--region <region>', 'its AWS Region; by default AWS_REGION or that of the profile')
    .option('--local', 'the emulator that `npm run local` has started, instead of AWS')
    .option(
      '--operator-secret <name>',
      "your operator client's credentials in Secrets Manager; by default OPERATOR_SECRET_NAME or <deployment>/operator",
    )
    .option('--json', 'print the result, or the failure, as JSON');
}

/**
 * Connects to AWS and reads the deployment.
 *
 * @throws CommandError if there is no such deployment
 */
export async function openSession(
  options: CommonOptions,
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
): Promise<Session> {
  const { region, local = false } = options;
  const aws = createAwsClients({ region, emulator: local ? emulatorUrl(env) : undefined });
  const deployment = await readDeployment(aws.ssm, options.deployment);
  const operator = new Operator({ ...aws, deployment, env }, options);
  return {
    ...aws,
    deployment,
    registry: new ClientRegistry(deployment.apiUrl, operator),
    terminal,
    env,
    local,
    commandLine: (command, ...args) => commandLine([...commonArguments(options), command, ...args]),
  };
}

function commonArguments(options: CommonOptions): readonly string[] {
  const { deployment, region, local, operatorSecret } = options;
  return [
    ...(local ? ['--local'] : []),
    ...(deployment === DEFAULT_DEPLOYMENT ? [] : ['--deployment', deployment]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(operatorSecret === undefined ? [] : ['--operator-secret', operatorSecret]),
  ];
}
