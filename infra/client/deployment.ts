import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { Failure } from './failure';
import { parseJsonObject } from './json-object';

const MEMBERS = [
  'userPoolId',
  'resourceServerIdentifier',
  'tokenUrl',
  'apiUrl',
  'cluster',
  'service',
] as const;

/** What onboarding must know of a deployment; the service stack writes it. */
export type Deployment = Readonly<Record<'name' | (typeof MEMBERS)[number], string>>;

/** Nothing of that name is deployed where AWS was asked. */
export class NoDeployment extends Failure {
  readonly what: string;
  readonly cure: string;

  constructor(what: string, cure: string) {
    super(`${what}. ${cure}`);
    this.what = what;
    this.cure = cure;
  }
}

/**
 * Reads the parameter `/<name>/deployment`.
 *
 * @throws NoDeployment if there is none, Failure if it lacks a member
 */
export async function readDeployment(ssm: SSMClient, name: string): Promise<Deployment> {
  const parameter = `/${name}/deployment`;
  const text = await readText(ssm, parameter);
  const members = parseJsonObject(text);
  const missing = MEMBERS.filter((member) => typeof members[member] !== 'string');
  if (missing.length > 0)
    throw new Failure(
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
    throw new NoDeployment(
      `There is no parameter ${parameter} in ${region}`,
      'Give the Region (--region) and the name (--deployment) of what is deployed, or deploy it.',
    );
  }
}
