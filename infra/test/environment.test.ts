import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { issuersOf } from '../../src/auth/issuers';
import { type Config, readConfig } from '../../src/config/config';
import { variables } from '../../src/config/variables';
import { only, templates } from './deployed';

const ROOT = join(__dirname, '../..');
const USER_POOL_ID = 'eu-central-1_AbCdEf123';

let identity: Template;
let service: Template;
let directory: string;
beforeAll(() => {
  ({ identity, service } = templates());
  directory = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What CloudFormation makes of a value, where the user pool's id and the domain are known. */
function evaluate(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = []] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(evaluate).join(separator);
    }
    case 'Fn::GetStackOutput': {
      const { OutputName } = argument as { OutputName: string };
      return evaluate(identity.findOutputs(OutputName)[OutputName]?.['Value']);
    }
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
  Secrets: { Name: string; ValueFrom: unknown }[];
}

function container(): Container {
  return only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];
}

/** The environment of a task, with a database secret as RDS completes it, and the file of authorities moved here. */
function environment(): Record<string, string> {
  const { Environment, Secrets } = container();
  const secret: Record<string, string> = {
    host: 'db.example.com',
    port: '5432',
    dbname: 'api',
    username: 'api',
    password: '#secret%',
  };
  const clientIds = service.findResources('AWS::SSM::Parameter', {
    Properties: { Name: '/cognito-resource-server/client-ids' },
  });
  const authorities = join(directory, 'authorities.pem');
  writeFileSync(authorities, '-----BEGIN CERTIFICATE-----');
  return {
    ...Object.fromEntries(Environment.map(({ Name, Value }) => [Name, evaluate(Value)])),
    ...Object.fromEntries(
      Secrets.map(({ Name, ValueFrom }) => {
        const field = /:(\w+)::"/.exec(JSON.stringify(ValueFrom))?.[1];
        return [Name, field ? secret[field] : Object.values(clientIds)[0]?.['Properties'].Value];
      }),
    ),
    DATABASE_CA_FILE: authorities,
  };
}

test('the service takes the configuration of its tasks', () => {
  const config: Config = readConfig(environment());
  expect(config).toMatchObject({
    port: 3000,
    publicUrl: 'https://api.example.com',
    trustProxyHops: 1,
    cognito: {
      userPoolId: USER_POOL_ID,
      issuer: issuersOf(USER_POOL_ID).updated,
      tokenUrl: 'https://example.auth.eu-central-1.amazoncognito.com/oauth2/token',
    },
    resourceServerIdentifier: 'https://api.example.com',
    jwks: { unprotected: false },
    database: {
      server: { host: 'db.example.com', port: 5432, database: 'api', user: 'api', password: '#secret%' },
      ca: '-----BEGIN CERTIFICATE-----',
    },
    migrateOnStart: false,
  });
});

test('a new deployment lets no client in until onboarding does', () => {
  expect(readConfig(environment()).cognito.clientIds).toEqual(['none']);
});

test('tasks are given no variable that the service does not read', () => {
  expect(Object.keys(variables)).toEqual(expect.arrayContaining(Object.keys(environment())));
});

test('the image has the authorities of the database where tasks look for them', () => {
  const path = evaluate(container().Environment.find(({ Name }) => Name === 'DATABASE_CA_FILE')?.Value);
  const image = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split(' AS service\n')[1];
  expect(image).toContain(`WORKDIR ${dirname(path)}\n`);
  expect(image).toContain(`COPY --from=build /app/${basename(path)} ./\n`);
});
