import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';

const MEMBERS = [
  'userPoolId',
  'resourceServerIdentifier',
  'tokenUrl',
  'apiUrl',
  'cluster',
  'service',
] as const;

/** What the command line needs to know about a deployment; the service stack writes it. */
export type Deployment = Readonly<Record<'name' | (typeof MEMBERS)[number], string>>;

/** No deployment of that name exists in the Region. */
export class DeploymentNotFound extends CommandError {
  readonly what: string;
  readonly fix: string;

  constructor(what: string, fix: string) {
    super(`${what}. ${fix}`);
    this.what = what;
    this.fix = fix;
  }
}

/**
 * Reads the parameter `/<name>/deployment`.
 *
 * @throws DeploymentNotFound if there is none, CommandError if it lacks a member
 */
export async function readDeployment(ssm: SSMClient, name: string): Promise<Deployment> {
  const parameter = `/${name}/deployment`;
  const text = await readText(ssm, parameter);
  const members = parseJsonObject(text);
  const missing = MEMBERS.filter((member) => typeof members[member] !== 'string');
  if (missing.length > 0)
    throw new CommandError(
      `The parameter ${parameter} lacks ${missing.join(', ')}: deploy the service stack again.`,
    );
  return { name, ...members } as Deployment;
}

async function readText(ssm: SSMClient, parameter: string): Promise<string> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    return Parameter?.Value ?? '';
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    const region = await ssm.config.region();
    throw new DeploymentNotFound(
      `There is no parameter ${parameter} in ${region}`,
      'Give the Region (--region) and the name (--deployment) of what is deployed, or deploy it.',
    );
  }
}
