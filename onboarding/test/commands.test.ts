import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateUserPoolClientCommand,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { GetParameterCommand, type Parameter, PutParameterCommand } from '@aws-sdk/client-ssm';
import { type AwsClients, createAwsClients } from '../aws/clients';
import { type AwsProxy, awsError, startAwsProxy } from './support/aws-proxy';
import { CommandLine, type Outcome, spawnClient } from './support/command-line';
import { type EmulatorProcess, freePorts, startEmulator } from './support/emulator';

jest.setTimeout(60_000);

let emulator: EmulatorProcess;
let proxy: AwsProxy;
let client: CommandLine;
/** Clients of the emulator without the proxy, for what the command line does not do. */
let aws: AwsClients;
let folder: string;

const POOL = 'eu-central-1_Local0001';

beforeAll(async () => {
  emulator = await startEmulator();
  proxy = await startAwsProxy(emulator.url);
  client = new CommandLine(proxy.port);
  aws = createAwsClients({ local: true }, { LOCAL_COGNITO_PORT: emulator.port });
});
beforeEach(() => {
  proxy.clear();
  folder = mkdtempSync(join(tmpdir(), 'client-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(async () => {
  await proxy.stop();
  await emulator.stop();
});

interface List {
  readonly clients: readonly { clientName: string; clientId: string; inClientList: boolean }[];
  readonly unknownClientIds: readonly string[];
}

async function names(): Promise<readonly string[]> {
  return (await client.json<List>('list')).clients.map(({ clientName }) => clientName);
}

/** Creates a client for a test to work on. */
async function create(name: string): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
  return client.json('create', name, '--scopes', 'users.read');
}

const lines = ({ stderr }: Outcome) => stderr.trimEnd().split('\n');

describe('create', () => {
  const args = (name: string, ...options: readonly string[]) => [
    'create',
    name,
    '--scopes',
    'users.read',
    ...options,
  ];

  it('refuses an unknown scope before anything is created, and names the known ones', async () => {
    const outcome = await client.run(['create', 'scoped', '--scopes', 'users.read,users.delete']);
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'https://api.example.com has no scope "users.delete". Its scopes are https://api.example.com/users.read, https://api.example.com/users.write.\n',
    });
    expect(await names()).not.toContain('scoped');
  });

  it('takes scopes bare and qualified', async () => {
    const scopes = 'users.read,https://api.example.com/users.write,users.write';
    expect(await client.json('create', 'qualified', '--scopes', scopes)).toMatchObject({
      scopes: ['https://api.example.com/users.read', 'https://api.example.com/users.write'],
    });
  });

  it('refuses a name that is taken', async () => {
    await create('taken');
    const outcome = await client.run(args('taken'));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching('named "taken" already') });
  });

  it('does not overwrite an existing file without --force', async () => {
    const path = join(folder, 'credentials.json');
    writeFileSync(path, 'precious', { mode: 0o644 });
    const outcome = await client.run(args('filed', '--secret-file', path));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching('exists already') });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(await names()).not.toContain('filed');

    expect(await client.run(args('filed', '--secret-file', path, '--force'))).toMatchObject({ exitCode: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('clientSecret');
  });

  it('refuses a missing folder before anything is created', async () => {
    const outcome = await client.run(args('unfiled', '--secret-file', join(folder, 'missing', 'acme.json')));
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('not a writable folder'),
    });
    expect(await names()).not.toContain('unfiled');
  });

  it("does not overwrite another client's secret in Secrets Manager, and removes the new client", async () => {
    const place = ['--secrets-manager', 'third-party/occupied'];
    await client.run(args('first', ...place));
    const outcome = await client.run(args('second', ...place));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching("is not this client's") });
    expect(outcome.stderr).toMatch('The app client was removed again.');
    const { clients, unknownClientIds } = await client.json<List>('list');
    expect(clients.map(({ clientName }) => clientName)).not.toContain('second');
    expect(unknownClientIds).toEqual([]);
    expect(await client.run(args('second', ...place, '--force'))).toMatchObject({ exitCode: 0 });
  });

  it('names what is left if undoing fails too', async () => {
    proxy.on('PutParameter', () => awsError('InternalServerError', 'out of order'));
    proxy.on('DeleteUserPoolClient', () =>
      awsError('AccessDeniedException', 'not authorized to perform: cognito-idp:DeleteUserPoolClient on it'),
    );
    const outcome = await client.run(args('stuck'));
    proxy.clear();
    const { clients } = await client.json<List>('list');
    const left = clients.find(({ clientName }) => clientName === 'stuck');
    expect(left).toMatchObject({ inClientList: false });
    expect(outcome.stderr).toMatch(`\`client delete ${left?.clientId ?? ''}\` removes what is left.`);
  });

  it('refuses a client that no longer fits on the list before anything is created', async () => {
    const full = Array.from({ length: 151 }, (_, n) => `${n}`.padStart(26, 'x')).join(',');
    proxy.on('GetParameter', ({ Name }) =>
      Name === '/cognito-resource-server/client-ids'
        ? { status: 200, body: { Parameter: { Name, Type: 'String', Value: full, Version: 7 } } }
        : undefined,
    );
    const outcome = await client.run(args('one-too-many'));
    proxy.clear();
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('would have 4103 characters, and its parameter holds 4096'),
    });
    expect(await names()).not.toContain('one-too-many');
  });
});

describe('the list of clients', () => {
  const parameter = '/cognito-resource-server/client-ids';

  it('keeps what another operator writes at the same time', async () => {
    const [ours, theirs] = [await create('ours'), await create('theirs')];
    await client.run(['disable', 'ours']);
    await client.run(['disable', 'theirs']);
    let overwritten: Parameter | undefined;
    proxy.on('PutParameter', async () => {
      if (overwritten) return undefined;
      expect(await new CommandLine(emulator.port).run(['enable', 'theirs'])).toMatchObject({ exitCode: 0 });
      overwritten = (await aws.ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter;
      return undefined;
    });
    // The emulator keeps no versions but the newest.
    proxy.on('GetParameter', ({ Name }) =>
      Name === `${parameter}:${overwritten?.Version ?? ''}`
        ? { status: 200, body: { Parameter: { ...overwritten, LastModifiedDate: 0 } } }
        : undefined,
    );
    expect(await client.run(['enable', 'ours'])).toMatchObject({ exitCode: 0 });
    const { Parameter: now } = await aws.ssm.send(new GetParameterCommand({ Name: parameter }));
    expect(now?.Value?.split(',')).toEqual(expect.arrayContaining([ours.clientId, theirs.clientId]));
  });

  it('is "none" when empty, as the service expects, and shows ids that belong to no client', async () => {
    const { Parameter: before } = await aws.ssm.send(new GetParameterCommand({ Name: parameter }));
    const { clientId } = await create('alone');
    const write = async (Value = '') =>
      aws.ssm.send(new PutParameterCommand({ Name: parameter, Value, Overwrite: true }));
    await write(`${clientId}, gone`);
    expect((await client.json<List>('list')).unknownClientIds).toEqual(['gone']);
    await write(clientId);
    await client.run(['disable', 'alone']);
    expect((await aws.ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value).toBe('none');
    expect((await client.json<List>('list')).unknownClientIds).toEqual([]);
    await client.run(['enable', 'alone']);
    expect((await aws.ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value).toBe(
      clientId,
    );
    await write(before?.Value);
  });
});

describe('disable and enable', () => {
  it('keep every other setting', async () => {
    const { UserPoolClient: created } = await aws.cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId: POOL,
        ClientName: 'particular',
        GenerateSecret: true,
        AccessTokenValidity: 10,
        TokenValidityUnits: { AccessToken: 'minutes' },
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'https://api.example.com/users.read'],
        CallbackURLs: ['https://example.com/callback'],
        PreventUserExistenceErrors: 'ENABLED',
      }),
    );
    const settings = async () => {
      const { UserPoolClient } = await aws.cognito.send(
        new DescribeUserPoolClientCommand({ UserPoolId: POOL, ClientId: created?.ClientId }),
      );
      return { ...UserPoolClient, LastModifiedDate: undefined };
    };
    const before = await settings();
    const { stdout } = await client.run(['disable', 'particular']);
    expect(stdout).toMatch('valid for up to 10 minutes');
    expect(await settings()).toEqual({ ...before, AllowedOAuthFlowsUserPoolClient: false });
    await client.run(['enable', 'particular']);
    expect(await settings()).toEqual(before);
  });

  it('list the ids of clients that share a name', async () => {
    const twin = { UserPoolId: POOL, ClientName: 'twin' };
    const ids = await Promise.all(
      [twin, twin].map(async (input) => {
        const { UserPoolClient } = await aws.cognito.send(new CreateUserPoolClientCommand(input));
        return UserPoolClient?.ClientId ?? '';
      }),
    );
    const { exitCode, stderr } = await client.run(['show', 'twin']);
    expect(exitCode).toBe(1);
    for (const id of ids) expect(stderr).toContain(id);
    expect(await client.json('show', ids[0] ?? '')).toMatchObject({ clientId: ids[0] });
  });
});

describe('rotate and retire', () => {
  it('remove the new secret if it cannot be stored', async () => {
    const { clientId } = await create('unstored');
    proxy.on('CreateSecret', () => awsError('InternalServiceError', 'out of order'));
    const outcome = await client.run(['rotate', 'unstored', '--secrets-manager', 'third-party/unstored']);
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('The new secret was removed again'),
    });
    expect(await client.json('show', clientId)).toMatchObject({ secrets: [expect.anything()] });
  });

  it('say so if there is nothing to rotate or to retire', async () => {
    await create('single');
    expect((await client.run(['retire', 'single', '--yes'])).stderr).toMatch('has no second secret');
    expect((await client.run(['rotate', 'web-app'])).stderr).toMatch('is a public client');
  });

  it("refuse another client's secret", async () => {
    const path = join(folder, 'other.json');
    await client.run(['create', 'other', '--scopes', 'users.read', '--secret-file', path]);
    await create('mixed-up');
    await client.run(['rotate', 'mixed-up']);
    const outcome = await client.run(['retire', 'mixed-up', '--secret-file', path, '--yes']);
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('belongs to another client'),
    });
  });

  it('cannot identify a bare secret, but say afterwards if it was the older one', async () => {
    const { clientSecret } = await create('bare');
    await client.run(['rotate', 'bare']);
    const outcome = await client.run(['retire', 'bare', '--yes', '--secret-file', '-'], {
      input: clientSecret,
    });
    expect(lines(outcome)).toEqual([
      'The given secret works, but Cognito does not say which of the two it is.',
      expect.stringMatching('was the older one, and no longer works'),
    ]);
    expect(outcome.exitCode).toBe(1);
  });
});

describe('a rollout', () => {
  it('fails if ECS returns to the old tasks', async () => {
    const service = (id: string) => ({
      deployments: [{ id, status: 'PRIMARY' }],
      runningCount: 2,
      desiredCount: 2,
    });
    proxy.on('UpdateService', () => ({ status: 200, body: { service: service('new') } }));
    proxy.on('DescribeServices', () => ({ status: 200, body: { services: [service('old')], failures: [] } }));
    const outcome = await client.run(['create', 'unrolled', '--scopes', 'users.read', '--roll']);
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('went back to the old ones'),
    });
    // The secret is printed all the same.
    expect(outcome.stdout).toMatch(/secret +\w{24,64}/);
  });
});

describe('a destructive command', () => {
  const commands = [
    ['delete', 'asked'],
    ['retire', 'asked'],
  ];
  let before: unknown;

  beforeAll(async () => {
    proxy.clear();
    await create('asked');
    await client.run(['rotate', 'asked']);
    before = await client.json('show', 'asked');
  });

  it.each(commands)('refuses without a terminal to ask on: %s', async (...command) => {
    const outcome = await client.run(command);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching('--yes') });
    expect(await client.json('show', 'asked')).toEqual(before);
  });

  it.each(commands)('asks, and changes nothing without a yes: %s', async (...command) => {
    for (const input of ['n\n', '\n', '', '\x03', '\x04']) {
      const outcome = await client.run(command, { tty: true, input });
      expect(outcome).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/\[y\/N\].*Nothing was changed\./s),
      });
    }
    expect(await client.json('show', 'asked')).toEqual(before);
  });

  it('continues after a yes', async () => {
    await create('gone');
    expect(await client.run(['delete', 'gone'], { tty: true, input: 'y\n' })).toMatchObject({ exitCode: 0 });
    expect(await names()).not.toContain('gone');
  });
});

describe('an AWS error', () => {
  const denied =
    'User: arn:aws:iam::111122223333:user/ada is not authorized to perform: ssm:GetParameter on resource: x';

  it.each([
    [
      'ExpiredTokenException',
      'The security token is expired',
      'The AWS credentials have expired: get new ones',
    ],
    ['UnrecognizedClientException', 'The security token is invalid', 'AWS rejects these credentials'],
    ['AccessDeniedException', denied, 'You may not call ssm:GetParameter: have it added to your IAM policy'],
    ['ThrottlingException', 'Rate exceeded', 'run the command again in a minute'],
    ['SomethingNew', 'first line\nsecond line', 'SomethingNew: first line second line'],
  ])('is printed as one sentence: %s', async (type, message, sentence) => {
    proxy.on('GetParameter', () => awsError(type, message));
    const outcome = await client.run(['list']);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(lines(outcome)).toEqual([expect.stringContaining(sentence)]);
  });

  it('is reported as unreachable AWS if no connection is made', async () => {
    const [port = ''] = Object.values(await freePorts());
    // A separate process: in Jest's realm the SDK does not recognise the system's error, and wraps it.
    const outcome = await new CommandLine(port).spawn(['list']);
    expect(lines(outcome)).toEqual([
      expect.stringMatching(/cannot be reached \(ECONNREFUSED 127.0.0.1:\d+\).+npm run local/),
    ]);
  });

  it('is reported as a missing Region or missing credentials', async () => {
    const bare = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL: emulator.url };
    const noRegion = await spawnClient(['list'], { env: bare });
    const noCredentials = await spawnClient(['list', '--region', 'eu-central-1'], { env: bare });
    expect(lines(noRegion)).toEqual(['No AWS Region is set: give --region or set AWS_REGION.']);
    expect(lines(noCredentials)).toEqual([expect.stringMatching('No AWS credentials were found')]);
    const keys = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    expect(await spawnClient(['list'], { env: { ...bare, ...keys } })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  it('is reported as a missing deployment with the Region and the parameter', async () => {
    const elsewhere = await client.run(['list', '--region', 'us-east-1']);
    const unnamed = await client.run(['list', '--deployment', 'staging']);
    expect(elsewhere.stderr).toMatch('no parameter /cognito-resource-server/deployment in us-east-1');
    expect(unnamed.stderr).toMatch('no parameter /staging/deployment in eu-central-1');
    expect([elsewhere.exitCode, unnamed.exitCode]).toEqual([1, 1]);
  });
});

describe('the command line', () => {
  it('says how to install its packages if they are missing', () => {
    const root = join(__dirname, '..', '..');
    for (const file of ['main.ts', 'assert-installed.ts'])
      copyFileSync(join(root, 'onboarding', file), join(folder, file));
    const register = join(root, 'node_modules/ts-node/register/transpile-only');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['-r', register, join(folder, 'main.ts'), 'list'],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^The packages .+ Run this once: npm ci --prefix onboarding\n$/),
    });
  });

  it.each([
    [[]],
    [['onboard']],
    [['create', 'acme']],
    [['show']],
    [['list', '--verbose']],
    [['rotate', 'acme', '--secret-file', 'a', '--secrets-manager', 'b']],
    [['token', 'acme', '--raw', '--json']],
    [['doctor', '--token-file', '-', '--secret-file', '-']],
  ])('exits with 2 if it is wrong: %j', async (args) => {
    const { exitCode, stdout, stderr } = await client.run(args);
    expect({ exitCode, stdout, said: stderr !== '' }).toEqual({ exitCode: 2, stdout: '', said: true });
  });

  it.each(['create', 'list', 'show', 'rotate', 'retire', 'disable', 'enable', 'delete', 'token', 'doctor'])(
    'explains %s, with examples',
    async (command) => {
      const { exitCode, stdout } = await client.run([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples:\\n +npm run client -- ${command}`));
    },
  );
});
