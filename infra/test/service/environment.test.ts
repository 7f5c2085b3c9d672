import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { issuersOf, PROJECT, variables } from '../support/service';
import { only, REQUIRED, templates, WITH_OPERATOR_SCOPES } from '../support/templates';

const USER_POOL_ID = 'eu-central-1_AbCdEf123';

let identity: Template;
let service: Template;
let directory: string;
beforeAll(() => {
  ({ identity, service } = templates());
  directory = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Evaluates a value as CloudFormation does, with a known user pool id and domain. */
function evaluate(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = []] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(evaluate).join(separator);
    }
    case 'Fn::ImportValue': {
      const outputs = Object.values(identity.findOutputs('*'));
      return evaluate(outputs.find(({ Export }) => Export?.Name === argument)?.['Value']);
    }
    case 'Fn::GetStackOutput': {
      const { OutputName } = argument as { OutputName: string };
      return evaluate(identity.findOutputs(OutputName)[OutputName]?.['Value']);
    }
    case 'Fn::GetAtt':
      return (argument as string[]).at(-1) === 'Endpoint.Address' ? 'db.example.com' : '';
    case 'Ref': {
      if (argument === 'AWS::Region') return 'eu-central-1';
      const { Resources } = identity.toJSON() as { Resources: Record<string, { Type: string }> };
      const made: Record<string, string> = {
        'AWS::Cognito::UserPool': USER_POOL_ID,
        'AWS::Cognito::UserPoolDomain': 'example',
      };
      return made[Resources[argument as string]?.Type ?? ''] ?? '';
    }
    default:
      throw new Error(`cannot evaluate ${JSON.stringify(value)}`);
  }
}

interface Container {
  Environment: { Name: string; Value: unknown }[];
  Secrets?: { Name: string; ValueFrom: unknown }[];
}

function container(): Container {
  return only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];
}

/** The environment of a task, with the authorities in a temporary file. */
function environment(): Record<string, string> {
  const { Environment, Secrets = [] } = container();
  const clientIds = service.findResources('AWS::SSM::Parameter', {
    Properties: { Name: '/cognito-resource-server/client-ids' },
  });
  const authorities = join(directory, 'authorities.pem');
  writeFileSync(authorities, '-----BEGIN CERTIFICATE-----');
  return {
    ...Object.fromEntries(Environment.map(({ Name, Value }) => [Name, evaluate(Value)])),
    ...Object.fromEntries(
      Secrets.map(({ Name }) => [Name, Object.values(clientIds)[0]?.['Properties'].Value]),
    ),
    DATABASE_CA_FILE: authorities,
  };
}

test('tasks have every required variable, and none that the service does not read', () => {
  const required = Object.entries(variables).filter(([, { whenUnset }]) => whenUnset === 'required');
  const names = Object.keys(environment());
  expect(names).toEqual(expect.arrayContaining(required.map(([name]) => name)));
  expect(Object.keys(variables)).toEqual(expect.arrayContaining(names));
});

test('every value is one that the service accepts', () => {
  const parsed = Object.fromEntries(
    Object.entries(environment()).map(([name, text]) => [
      name,
      variables[name as keyof typeof variables].parse(text),
    ]),
  );
  expect(parsed).toMatchObject({
    PORT: 3000,
    PUBLIC_URL: 'https://api.example.com',
    TRUST_PROXY_HOPS: 1,
    COGNITO_USER_POOL_ID: USER_POOL_ID,
    COGNITO_ISSUER: issuersOf(USER_POOL_ID).updated,
    COGNITO_TOKEN_URL: 'https://example.auth.eu-central-1.amazoncognito.com/oauth2/token',
    RESOURCE_SERVER_IDENTIFIER: 'https://api.example.com',
    PGHOST: 'db.example.com',
    PGPORT: 5432,
    PGDATABASE: 'api',
    PGUSER: 'api_service',
    DATABASE_IAM_AUTH: true,
    DATABASE_CA_FILE: '-----BEGIN CERTIFICATE-----',
  });
});

describe('COGNITO_CLIENT_IDS', () => {
  const containerOf = (template: Template): Container =>
    only(template, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];
  const valueOf = ({ Environment }: Container) =>
    Environment.find(({ Name }) => Name === 'COGNITO_CLIENT_IDS')?.Value;
  const PARAMETER = { Properties: { Name: '/cognito-resource-server/client-ids' } };

  test('is read from the parameter by default, which allows no client at first', () => {
    const { service } = templates(REQUIRED, WITH_OPERATOR_SCOPES);
    const { Secrets = [] } = containerOf(service);
    const [parameter] = Object.keys(service.findResources('AWS::SSM::Parameter', PARAMETER));
    const reference = Secrets.find(({ Name }) => Name === 'COGNITO_CLIENT_IDS')?.ValueFrom;
    expect(JSON.stringify(reference)).toContain(`{"Ref":"${parameter}"}`);
    expect(valueOf(containerOf(service))).toBeUndefined();
    expect(environment()['COGNITO_CLIENT_IDS']).toBe('none');
  });

  test('is the operator client once the parameter has been imported, and the parameter is gone', () => {
    const { identity, service } = templates({ ...REQUIRED, clientIdsImported: 'true' }, WITH_OPERATOR_SCOPES);
    const [operator = ''] = Object.keys(
      identity.findResources('AWS::Cognito::UserPoolClient', { Properties: { ClientName: 'operator' } }),
    );
    expect(JSON.stringify(valueOf(containerOf(service)))).toMatch(new RegExp(`Fn::ImportValue.*${operator}`));
    expect(containerOf(service).Secrets).toBeUndefined();
    expect(service.findResources('AWS::SSM::Parameter', PARAMETER)).toEqual({});
  });

  test('is an id that no client has if there is no operator client', () => {
    const { service } = templates(
      { ...REQUIRED, clientIdsImported: 'true' },
      WITH_OPERATOR_SCOPES.slice(0, 1),
    );
    expect(valueOf(containerOf(service))).toBe('none');
  });
});

test('the image has the database authorities at the path in DATABASE_CA_FILE', () => {
  const path = evaluate(container().Environment.find(({ Name }) => Name === 'DATABASE_CA_FILE')?.Value);
  const image = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8').split(' AS service\n')[1];
  expect(image).toContain(`WORKDIR ${dirname(path)}\n`);
  expect(image).toContain(`COPY --from=build /app/${basename(path)} ./\n`);
});
