import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addDeployment } from '../../deployment';
import type { Scope } from '../../identity/scope-catalogue';

/** The required settings. */
export const REQUIRED = {
  domainName: 'api.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/example',
};

/** A catalogue with scopes for operators too, whatever resources the project has. */
export const WITH_OPERATOR_SCOPES: readonly Scope[] = [
  { name: 'things.read', description: 'Read things', operator: false },
  { name: 'clients.read', description: 'Read clients', operator: true },
  { name: 'clients.write', description: 'Change clients', operator: true },
];

/** Synthesises the stacks with the feature flags of `cdk.json`, the given settings and scopes of the API, without the checks. */
export function templates(
  settings: Readonly<Record<string, unknown>> = REQUIRED,
  scopes = WITH_OPERATOR_SCOPES,
  prepare: (app: App) => void = () => undefined,
) {
  const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as {
    context: object;
  };
  const outdir = mkdtempSync(join(tmpdir(), 'cdk-'));
  try {
    const app = new App({ context: { ...context, ...settings }, outdir });
    const { identity, service, delivery } = addDeployment(app, scopes);
    prepare(app);
    return {
      identity: Template.fromStack(identity),
      service: Template.fromStack(service),
      delivery: delivery && Template.fromStack(delivery),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as CloudFormation has them; tests assert their shape
  readonly Properties: any;
}

/** Gives the resources of a type by logical id. */
export function resources(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as Record<string, Resource>;
}

/**
 * Gives the only resource of a type.
 *
 * @throws Error if there is none, or several
 */
export function only(template: Template, type: string): Resource {
  const found = Object.values(resources(template, type));
  if (found.length !== 1 || !found[0]) throw new Error(`expected one ${type}, found ${found.length}`);
  return found[0];
}
