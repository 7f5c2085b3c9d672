import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';

const REQUIRED = ['userPoolId', 'resourceServerIdentifier', 'apiUrl'] as const;

/** What the command line needs to know about a deployment; the service stack writes it. */
export interface Deployment extends Readonly<Record<(typeof REQUIRED)[number], string>> {
  readonly name: string;
  /** `undefined` where the user pool has no domain: tokens come from GetClientToken. */
  readonly tokenUrl?: string;
  /** The ECS service, where that is what runs the API. */
  readonly cluster?: string;
  readonly service?: string;
}

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
  const text = await readParameter(ssm, parameter);
  if (text === undefined) {
    const region = await ssm.config.region();
    throw new DeploymentNotFound(
      `There is no parameter ${parameter} in ${region}`,
      'Give the Region (--region) and the name (--deployment) of what is deployed, or deploy it.',
    );
  }
  const members = parseJsonObject(text);
  const missing = REQUIRED.filter((member) => typeof members[member] !== 'string');
  if (missing.length > 0)
    throw new CommandError(
      `The parameter ${parameter} lacks ${missing.join(', ')}: deploy the service stack again.`,
    );
  return { name, ...members } as Deployment;
}

/** Reads a parameter of the Parameter Store; `undefined` if there is none of that name. */
export async function readParameter(ssm: SSMClient, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value ?? '';
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
