import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CreateUserPoolClientCommand,
  DescribeUserPoolClientCommand,
  ListUserPoolClientSecretsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { type AwsClients, createAwsClients } from '../aws/clients';
import { type AwsProxy, awsError, startAwsProxy } from './support/aws-proxy';
import { CommandLine, type Outcome, spawnClient } from './support/command-line';
import { freePorts, type LocalRun, startLocalRun, tokenOf } from './support/emulator';
import { type Front, startFront } from './support/front';

jest.setTimeout(120_000);

let local: LocalRun;
/** Between the command line and the emulator. */
let proxy: AwsProxy;
/** Between the command line and the API. */
let front: Front;
let client: CommandLine;
/** Clients of the emulator without the proxy, for what the command line does not do. */
let aws: AwsClients;
let folder: string;

const POOL = 'eu-central-1_Local0001';
const READ = 'https://api.example.com/things.read';

beforeAll(async () => {
  local = await startLocalRun();
  const emulator = new URL(local.client.tokenUrl).origin;
  proxy = await startAwsProxy(emulator);
  front = await startFront(local.client);
  client = new CommandLine(proxy.port, dirname(local.clientFile));
  aws = createAwsClients({ emulator });
  const Name = '/cognito-resource-server/deployment';
  const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name }));
  const Value = JSON.stringify({ ...(JSON.parse(Parameter?.Value ?? '') as object), apiUrl: front.url });
  await aws.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
});
beforeEach(() => {
  proxy.clear();
  front.clear();
  folder = mkdtempSync(join(tmpdir(), 'client-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(async () => {
  await proxy.stop();
  await front.stop();
  await local.stop();
});

interface Listed {
  readonly clientName: string;
  readonly clientId: string;
  readonly getsTokens: boolean;
  readonly registered: { readonly enabled: boolean; readonly tokensValidFrom: string | null } | null;
}

async function list(): Promise<readonly Listed[]> {
  return (await client.json<{ readonly clients: readonly Listed[] }>('list')).clients;
}

async function names(): Promise<readonly string[]> {
  return (await list()).map(({ clientName }) => clientName);
}

/** Creates a client for a test to work on. */
async function create(name: string): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
  return client.json('create', name, '--scopes', 'things.read');
}

/** Has the API refuse changes of clients, while it answers questions. */
function refuseChanges(): void {
  front.on((path, method) =>
    method !== 'GET' && path.startsWith('/api/v1/clients') ? { status: 500 } : undefined,
  );
}

/** Has Cognito fail an operation. */
function failAtCognito(operation: string): void {
  proxy.on(operation, () => awsError('InternalErrorException', 'out of order'));
}

const lines = ({ stderr }: Outcome) => stderr.trimEnd().split('\n');

describe('create', () => {
  const args = (name: string, ...options: readonly string[]) => [
    'create',
    name,
    '--scopes',
    'things.read',
    ...options,
  ];

  it('refuses an unknown scope before anything is created, and names the known ones', async () => {
    const outcome = await client.run(['create', 'scoped', '--scopes', 'things.read,things.delete']);
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'https://api.example.com has no scope "things.delete". Its scopes are https://api.example.com/things.read, https://api.example.com/things.write.\n',
    });
    expect(await names()).not.toContain('scoped');
  });

  it('takes scopes bare and qualified', async () => {
    const scopes = 'things.read,https://api.example.com/things.write,things.write';
    expect(await client.json('create', 'qualified', '--scopes', scopes)).toMatchObject({
      scopes: ['https://api.example.com/things.read', 'https://api.example.com/things.write'],
    });
  });

  it('refuses a name that is taken', async () => {
    await create('taken');
    const outcome = await client.run(args('taken'));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching('named "taken" already') });
    expect(outcome.stderr).toMatch(/npm run client -- --local enable \w{26}\)/);
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

  it("does not overwrite another client's secret in Secrets Manager, before anything is created", async () => {
    const place = ['--secrets-manager', 'third-party/occupied'];
    await client.run(args('first', ...place));
    const outcome = await client.run(args('second', ...place));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching("is not this client's") });
    expect(await names()).not.toContain('second');
    expect(await client.run(args('second', ...place, '--force'))).toMatchObject({ exitCode: 0 });
  });

  it.each([[''], [' '], ['-x'], [' padded'], ['a/b'], ['ü'], ['line\nbreak'], ['x'.repeat(129)]])(
    'refuses the name %j in a sentence, before anything is called',
    async (name) => {
      const outcome = await client.run(['create', '--scopes', 'things.read', '--', name]);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
      expect(lines(outcome)).toEqual([
        expect.stringMatching(/^".*" is not a possible name: it has 1 to 128 letters/),
      ]);
    },
  );

  it('writes credentials to a folder that git ignores, if no path is given', async () => {
    await client.run(['create', 'by default', '--scopes', 'things.read', '--secret-file']);
    const path = join(dirname(local.clientFile), 'credentials', 'local', 'by default.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await client.run(['token', 'by default', '--secret-file'])).toMatchObject({ exitCode: 0 });
    const root = join(__dirname, '..', '..');
    expect(spawnSync('git', ['check-ignore', '.local/credentials/local/x.json'], { cwd: root }).status).toBe(
      0,
    );
  });
});

describe('an interruption', () => {
  it('after Cognito created a client, whose answer is lost, is completed by the same command', async () => {
    const args = ['create', 'lost', '--scopes', 'things.read'];
    proxy.on('CreateUserPoolClient', () => 'lost');
    const interrupted = await client.run(args);
    expect(interrupted).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        'Whether the app client lost was created is not known. Run the command again',
      ),
    });
    proxy.clear();
    const completed = await client.run(args);
    expect(completed.exitCode).toBe(0);
    expect(completed.stderr).toMatch(/lost was created at 20\S+, and not completed: this completes it\./);
    expect((await list()).filter(({ clientName }) => clientName === 'lost')).toEqual([
      expect.objectContaining({ registered: expect.objectContaining({ enabled: true }) }),
    ]);
  });

  it('before the registry has a new client leaves it refused, and the same command completes it', async () => {
    const path = join(folder, 'refused.json');
    const args = ['create', 'refused', '--scopes', 'things.read', '--secret-file', path];
    refuseChanges();
    const interrupted = await client.run(args);
    expect(interrupted.exitCode).toBe(1);
    expect(interrupted.stderr).toMatch(
      /The app client refused exists at Cognito\. Run the command again .+: npm run client -- --local delete \w{26}\n/,
    );
    const { clientId, clientSecret } = JSON.parse(readFileSync(path, 'utf8')) as typeof local.client;
    const token = await tokenOf({ ...local.client, clientId, clientSecret });
    const headers = { Authorization: `Bearer ${token}` };
    expect((await fetch(`${local.client.apiUrl}/api/v1/me`, { headers })).status).toBe(401);
    front.clear();
    expect(await client.run(args)).toMatchObject({ exitCode: 0 });
    expect((await fetch(`${local.client.apiUrl}/api/v1/me`, { headers })).status).toBe(200);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ clientId, clientSecret });
  });

  it('of `disable` at Cognito leaves the client refused, and the same command completes it', async () => {
    const { clientId } = await create('half');
    failAtCognito('UpdateUserPoolClient');
    const interrupted = await client.run(['disable', 'half']);
    expect(interrupted.stdout).toMatch('half is refused on the only task');
    expect(interrupted).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching('Cognito may go on issuing tokens to half, which the API refuses.'),
    });
    expect(await client.json('show', clientId)).toMatchObject({
      getsTokens: true,
      registered: { enabled: false },
    });
    proxy.clear();
    expect(await client.run(['disable', 'half'])).toMatchObject({ exitCode: 0 });
    expect(await client.json('show', clientId)).toMatchObject({ getsTokens: false });
  });

  it('of `enable` at Cognito leaves the client refused', async () => {
    const { clientId } = await create('still out');
    await client.run(['disable', clientId]);
    failAtCognito('UpdateUserPoolClient');
    expect(await client.run(['enable', clientId])).toMatchObject({ exitCode: 1 });
    expect(await client.json('show', clientId)).toMatchObject({ registered: { enabled: false } });
  });

  it('of `delete` at Cognito leaves the client refused, and the same command completes it', async () => {
    const { clientId } = await create('half gone');
    failAtCognito('DeleteUserPoolClient');
    const interrupted = await client.run(['delete', 'half gone', '--yes']);
    expect(interrupted.stderr).toMatch(/half gone is refused on the only task, .+, but not deleted\./);
    expect(interrupted.stderr).toMatch(`npm run client -- --local delete ${clientId} completes it.`);
    expect(await client.json('show', clientId)).toMatchObject({ registered: { enabled: false } });
    proxy.clear();
    expect(await client.run(['delete', clientId, '--yes'])).toMatchObject({ exitCode: 0 });
    expect((await client.run(['show', clientId])).stderr).toMatch(
      'Neither the client registry nor the user pool',
    );
  });

  it('of `scopes` before tokens are revoked is completed by the same command', async () => {
    const { clientId } = await create('narrower');
    await client.run(['scopes', clientId, 'things.read,things.write']);
    refuseChanges();
    const interrupted = await client.run(['scopes', clientId, 'things.read']);
    expect(interrupted.stderr).toMatch('Its tokens, which hold the old scopes, were not revoked.');
    expect(await client.json('show', clientId)).toMatchObject({
      scopes: [READ],
      registered: { tokensValidFrom: null },
    });
    front.clear();
    expect(await client.run(['scopes', clientId, 'things.read'])).toMatchObject({ exitCode: 0 });
    expect(await client.json('show', clientId)).toMatchObject({
      registered: { tokensValidFrom: expect.any(String) },
    });
  });
});

describe('the registry', () => {
  it('is not waited for by what shuts a client out, if Cognito cannot list its clients', async () => {
    const { clientId } = await create('urgent');
    failAtCognito('ListUserPoolClients');
    failAtCognito('DescribeUserPoolClient');
    const { stdout } = await client.run(['disable', 'urgent']);
    expect(stdout).toMatch('urgent is refused on the only task');
    proxy.clear();
    expect(await client.json('show', clientId)).toMatchObject({ registered: { enabled: false } });
  });

  it('is asked again while the API is unavailable for a moment', async () => {
    await create('patient');
    let answers = 0;
    front.on((path) =>
      path.startsWith('/api/v1/clients') && (answers += 1) === 2
        ? { status: 503, headers: { 'Retry-After': '0' } }
        : undefined,
    );
    expect(await client.run(['disable', 'patient'])).toMatchObject({ exitCode: 0 });
  });

  it('refuses an operator client that would shut itself out', async () => {
    const outcome = await client.run(['disable', 'operator']);
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringMatching('cannot shut itself out') });
  });

  it('reports an operator client without credentials, without scopes, or that the API does not know', async () => {
    const missing = await client.run(['list', '--operator-secret', 'missing']);
    expect(missing.stderr).toMatch('There is no secret missing in Secrets Manager');
    await client.run(['create', 'plain', '--scopes', 'things.read', '--secrets-manager', 'plain']);
    const unscoped = await client.run(['list', '--operator-secret', 'plain']);
    expect(unscoped.stderr).toMatch(/The API refuses the operator client \w+, which lacks a scope/);
    await client.run(['create', 'bo', '--operator', '--secrets-manager', 'operators/bo']);
    await client.run(['disable', 'bo']);
    const disabled = await client.run(['list'], { env: { OPERATOR_SECRET_NAME: 'operators/bo' } });
    expect(disabled.stderr).toMatch('gets no token.');
  });

  it('takes over the static lists, but nothing that it had before', async () => {
    const added = await aws.cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId: POOL, ClientName: 'listed' }),
    );
    const [listed = '', removed] = [added.UserPoolClient?.ClientId, await create('removed')];
    await client.run(['delete', 'removed', '--yes']);
    const { clientId: out } = await create('shut out');
    await client.run(['disable', 'shut out']);
    const Name = '/cognito-resource-server/client-ids';
    const Value = `${listed},${removed.clientId}`;
    await aws.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
    const env = { COGNITO_CLIENT_IDS: `${out}, unknown1` };
    const outcome = await client.run(['--json', 'import'], { env });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      added: [listed, 'unknown1'],
      leftAsTheyAre: [removed.clientId, out],
      inForce: { tasks: 1, confirmed: 1 },
    });
    expect(await client.json('show', out)).toMatchObject({ registered: { enabled: false } });
    expect((await client.run(['import'])).stdout).toMatch(`left as it is  listed  ${listed}`);
    await client.run(['delete', 'unknown1', '--yes']);
  });

  it('is shown as lists: usage by day, with a bar, as CSV and as JSON', async () => {
    const { clientId } = await create('counted');
    const data = [
      { day: '2026-11-01', requests: 200, refused: 1, limited: 0 },
      { day: '2026-11-03', requests: 50, refused: 0, limited: 5 },
    ];
    const asked: string[] = [];
    front.on((path) => {
      if (!path.includes('/usage')) return undefined;
      asked.push(path);
      return { status: 200, json: { data } };
    });
    const { stdout } = await client.run(['usage', 'counted', '--from', '2026-11-01']);
    expect(stdout.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['DAY', 'REQUESTS', 'REFUSED', 'LIMITED'],
      ['2026-11-01', '200', '1', '0', '█'.repeat(40)],
      ['2026-11-03', '50', '0', '5', '█'.repeat(10)],
      ['total', '250', '1', '5'],
      [''],
    ]);
    expect(asked).toEqual([`/api/v1/clients/${clientId}/usage?from=2026-11-01`]);
    expect((await client.run(['usage', 'counted', '--csv'])).stdout).toBe(
      'day,requests,refused,limited\n2026-11-01,200,1,0\n2026-11-03,50,0,5\n',
    );
    expect(await client.json('usage', 'counted')).toEqual({ clientId, clientName: 'counted', days: data });
    data.length = 0;
    expect((await client.run(['usage', 'counted'])).stdout).toBe('counted made no requests on these days.\n');
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
        AllowedOAuthScopes: ['openid', 'https://api.example.com/things.read'],
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
    await client.run(['disable', 'particular']);
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

  it.each([
    ['its answer was lost', 'lost answer', () => 'lost' as const],
    ['another operator was faster', 'overtaken', () => undefined],
  ])('explain both secrets if %s, and drop the newer one', async (_why, name, hook) => {
    const { clientId, clientSecret } = await create(name);
    proxy.on('AddUserPoolClientSecret', hook);
    if (name === 'overtaken') {
      // Cognito has the second secret, and the list was read before.
      await client.run(['rotate', clientId]);
      let reads = 0;
      const { ClientSecrets = [] } = await aws.cognito.send(
        new ListUserPoolClientSecretsCommand({ UserPoolId: POOL, ClientId: clientId }),
      );
      const [first] = ClientSecrets.map((secret) => ({ ...secret, ClientSecretCreateDate: 1 }));
      proxy.on('ListUserPoolClientSecrets', () =>
        (reads += 1) === 1 ? { status: 200, body: { ClientSecrets: [first] } } : undefined,
      );
    }
    const { exitCode, stdout, stderr } = await client.run(['rotate', clientId]);
    proxy.clear();
    expect([exitCode, stdout]).toEqual([1, '']);
    const [older, newer] = (await client.json<{ secrets: { id: string }[] }>('show', clientId)).secrets.map(
      ({ id }) => id,
    );
    expect(stderr).toMatch(`${name} has two secrets`);
    expect(stderr).toMatch(`  older  ${older ?? ''}, created 20`);
    expect(stderr).toMatch(`  newer  ${newer ?? ''}, created 20`);
    expect(stderr).toMatch(/created \S+, \d+ seconds? ago/);
    expect(stderr).toMatch(`npm run client -- --local retire ${clientId} --secret-id ${newer ?? ''}\n`);
    // What is advised keeps the secret that was in use.
    await client.run(['retire', clientId, '--secret-id', newer ?? '', '--yes']);
    expect(await tokenOf({ ...local.client, clientId, clientSecret, scopes: [] })).toBeDefined();
    expect(await client.run(['rotate', clientId])).toMatchObject({ exitCode: 0 });
  });

  it('do not remove the secret of the given credentials', async () => {
    const path = join(folder, 'kept.json');
    const { clientId } = await create('keeper');
    await client.run(['rotate', clientId, '--secret-file', path]);
    const { clientSecretId } = JSON.parse(readFileSync(path, 'utf8')) as { clientSecretId: string };
    const retire = ['retire', clientId, '--secret-file', path, '--yes', '--secret-id'];
    expect((await client.run([...retire, clientSecretId])).stderr).toMatch(
      'the credentials with the newer secret, which would be removed',
    );
    expect((await client.run([...retire, 'other'])).stderr).toMatch('has no secret "other": it has ');
  });

  it('say so if there is nothing to rotate or to retire', async () => {
    await create('single');
    expect((await client.run(['retire', 'single', '--yes'])).stderr).toMatch('has no second secret');
    expect((await client.run(['rotate', 'web-app'])).stderr).toMatch('is a public client');
  });

  it("refuse another client's secret", async () => {
    const path = join(folder, 'other.json');
    await client.run(['create', 'other', '--scopes', 'things.read', '--secret-file', path]);
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
    const outcome = await new CommandLine(port, folder).spawn(['list']);
    expect(lines(outcome)).toEqual([
      expect.stringMatching(/cannot be reached \(ECONNREFUSED 127.0.0.1:\d+\).+npm run local/),
    ]);
  });

  it('is reported as a missing Region or missing credentials', async () => {
    const bare = {
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${proxy.port}`,
    };
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
    [['limits', 'acme', '--burst', '-1']],
    [['limits', 'acme', '--burst', '1', '--defaults']],
    [['usage', 'acme', '--from', '2026-02-30']],
    [['usage', 'acme', '--csv', '--json']],
    [['events', 'acme', '--limit', '0']],
    [['show', '']],
    [['create', 'acme', '--scopes', ' ']],
    [['show']],
    [['list', '--verbose']],
    [['rotate', 'acme', '--secret-file', 'a', '--secrets-manager', 'b']],
    [['token', 'acme', '--raw', '--json']],
    [['doctor', '--token-file', '-', '--secret-file', '-']],
  ])('exits with 2 if it is wrong: %j', async (args) => {
    const { exitCode, stdout, stderr } = await client.run(args);
    expect({ exitCode, stdout, said: stderr !== '' }).toEqual({ exitCode: 2, stdout: '', said: true });
  });

  it('explains every command, with examples', async () => {
    const { stdout: overview } = await client.run(['--help']);
    const commands = [...(/Commands:([^]+?)\n\n/.exec(overview)?.[1] ?? '').matchAll(/^ {2}(\w+) /gm)].map(
      ([, name = '']) => name,
    );
    expect(commands).toEqual(expect.arrayContaining(['create', 'import', 'doctor']));
    for (const command of commands.filter((name) => name !== 'help')) {
      const { exitCode, stdout } = await client.run([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples:\\n +(\\S+=\\S+ )?npm run client -- ${command}`));
    }
  });

  it('prints its version', async () => {
    expect(await client.run(['--version'])).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it.each([
    [['show', 'missing'], { exitCode: 1, error: expect.stringMatching('has a client "missing"') }],
    [['show', ''], { exitCode: 2, error: expect.stringMatching('The name of the client is empty') }],
    [['disable', 'operator'], { exitCode: 1, code: 'own_client' }],
    [['onboard'], { exitCode: 2, code: 'commander.unknownCommand', error: "unknown command 'onboard'" }],
    [['list', '--deployment', 'x'], { exitCode: 1, error: expect.stringMatching('no parameter /x/') }],
  ])('prints a failure as JSON with --json: %j', async (args, expected) => {
    const { exitCode, stdout, stderr } = await client.run(['--json', ...args]);
    expect(JSON.parse(stderr)).toMatchObject(expected);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected.exitCode, stdout: '' });
  });

  it('finds the emulator that `npm run local` started in the folder', async () => {
    const env = { LOCAL_COGNITO_PORT: '' };
    expect(await client.run(['list'], { env })).toMatchObject({ exitCode: 0 });
    const elsewhere = await client.run(['list'], { env: { ...env, LOCAL_DIRECTORY: folder } });
    expect(elsewhere.stderr).toMatch(/operator\.json does not name an emulator: start `npm run local`/);
  });

  it('repeats in what it advises which deployment it is for', async () => {
    const { Parameter } = await aws.ssm.send(
      new GetParameterCommand({ Name: '/cognito-resource-server/deployment' }),
    );
    await aws.ssm.send(
      new PutParameterCommand({ Name: '/my-stage/deployment', Value: Parameter?.Value, Type: 'String' }),
    );
    const place = ['--deployment', 'my-stage', '--operator-secret', 'cognito-resource-server/operator'];
    const { clientId } = await create('staged');
    const { stderr } = await client.run([...place, 'retire', 'staged', '--yes']);
    expect(stderr).toMatch(`npm run client -- --local ${place.join(' ')} rotate ${clientId} adds one`);
  });
});
