import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Credentials } from '../credentials';
import { CommandLine, type Outcome } from './support/command-line';
import { type LocalRun, startLocalRun, tokenOf, until, WITH_SERVICE_RESOURCES } from './support/emulator';

jest.setTimeout(60_000);

const READ = 'https://api.example.com/things.read';

let local: LocalRun;
let client: CommandLine;
let folder: string;

beforeAll(async () => {
  local = await startLocalRun();
  client = new CommandLine(new URL(local.client.tokenUrl).port, dirname(local.clientFile));
  folder = mkdtempSync(join(tmpdir(), 'client-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await local.stop();
});

/** Runs a command and asserts that it succeeds. */
async function succeed(...args: readonly string[]): Promise<Outcome> {
  return assertDone(await client.run(args));
}

function assertDone(outcome: Outcome): Outcome {
  if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
  return outcome;
}

/** Creates a third party and gives its credentials. */
async function create(
  name: string,
  ...options: readonly string[]
): Promise<{ path: string; credentials: Credentials }> {
  const path = join(folder, `${name}.json`);
  assertDone(
    await client.run(['create', name, '--scopes', 'things.read', '--secret-file', path, ...options]),
  );
  return { path, credentials: credentialsIn(path) };
}

/** The operator client of the local run. */
function operator(): typeof local.client {
  return JSON.parse(readFileSync(join(dirname(local.clientFile), 'operator.json'), 'utf8')) as never;
}

function credentialsIn(path: string): Credentials {
  return JSON.parse(readFileSync(path, 'utf8')) as Credentials;
}

/** Requests a token as the third party does; `undefined` if it is refused. */
async function getToken(credentials: Credentials): Promise<string | undefined> {
  return tokenOf({ ...local.client, ...credentials, scopes: [] });
}

/** Calls the API and gives the status, with the code of a problem. */
async function call(token: string | undefined, method = 'GET'): Promise<string> {
  const headers = { Authorization: `Bearer ${token ?? ''}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${local.client.apiUrl}/api/v1/things`, { method, headers });
  const { code = '' } = (await answer.json()) as { code?: string };
  return `${answer.status} ${code}`.trim();
}

it('creates a third party, disables, enables and deletes it while the API runs', async () => {
  const path = join(folder, 'acme.json');
  const created = await succeed('create', 'acme', '--scopes', 'things.read', '--secret-file', path);
  expect(created.stderr).toMatch(/^acme may call on the only task, after \d+\.\d s\.$/m);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const credentials = credentialsIn(path);
  expect(credentials).toEqual({
    apiUrl: local.client.apiUrl,
    tokenUrl: local.client.tokenUrl,
    clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
    clientSecret: expect.stringMatching(/^\w{24,64}$/),
    clientSecretId: expect.stringMatching(`^${credentials.clientId}--\\d+$`),
    scopes: [READ],
  });
  const token = await getToken(credentials);
  expect(await call(token)).toBe('200');
  expect(await call(token, 'POST')).toBe('403 insufficient_scope');

  const disabled = await succeed('disable', 'acme');
  expect(disabled.stdout).toMatch(/^acme is refused on the only task, after \d+\.\d s\.$/m);
  expect(await call(token)).toBe('401 client_disabled');
  expect(await getToken(credentials)).toBeUndefined();

  await succeed('enable', 'acme');
  expect(await call(token)).toBe('200');
  expect(await getToken(credentials)).toBeDefined();

  const deleted = await succeed('delete', 'acme', '--yes');
  expect(deleted.stdout).toMatch(/^acme is refused on the only task, after \d+\.\d s, and deleted\.$/m);
  await until('the tombstone to be known', async () => (await call(token)) === '401 client_not_allowed');
  expect(await getToken(credentials)).toBeUndefined();
});

it('revokes tokens, and new ones work', async () => {
  const { credentials } = await create('revoked');
  const token = await getToken(credentials);
  const { stdout } = await succeed('revoke', 'revoked');
  expect(stdout).toMatch(
    /^Tokens issued to revoked until 20\S+Z are refused on the only task, after \d+\.\d s\.$/m,
  );
  expect(await call(token)).toBe('401 token_revoked');
  await until('a token of a later second', async () => (await call(await getToken(credentials))) === '200');
});

it('takes a scope away, with the tokens that hold it', async () => {
  const { credentials } = await create('narrowed');
  const added = await succeed('scopes', 'narrowed', 'things.read,things.write');
  expect(added.stdout).toMatch('Tokens that it has do not hold more than before.');
  const both = await getToken(credentials);
  expect(await call(both, 'POST')).toMatch(/^4(00|22) /);
  await succeed('scopes', 'narrowed', 'things.read');
  expect(await call(both, 'POST')).toBe('401 token_revoked');
  await until('a token of a later second', async () => (await call(await getToken(credentials))) === '200');
  expect(await call(await getToken(credentials), 'POST')).toBe('403 insufficient_scope');
});

it('limits a client', async () => {
  const { credentials } = await create('limited');
  await succeed('limits', 'limited', '--rate', '5', '--per-day', '1000');
  const { stdout } = await succeed('limits', 'limited', '--per-day', 'default');
  expect(stdout).toMatch(
    /^limited: 5 requests a second, a burst of 10, the default a day. In force on the only task, after/,
  );
  const headers = { Authorization: `Bearer ${await getToken(credentials)}` };
  const me = await fetch(`${local.client.apiUrl}/api/v1/me`, { headers });
  expect(await me.json()).toMatchObject({ name: 'limited', limits: { requestsPerSecond: 5, burst: 10 } });
  await succeed('limits', 'limited', '--defaults');
  expect((await succeed('limits', 'limited')).stdout).toBe('limited: the defaults of the service.\n');
});

it('names who changed a client, also of one that was deleted', async () => {
  await succeed('create', 'ada', '--operator', '--secrets-manager', 'operators/ada');
  const { credentials } = await create('changed');
  await succeed('disable', 'changed', '--operator-secret', 'operators/ada');
  await succeed('delete', 'changed', '--yes');
  const { stdout } = await succeed('events', credentials.clientId);
  const rows = stdout.split('\n').map((row) => row.trim().split(/ {2,}/));
  expect(rows.slice(0, 4).map((row) => [row[1], row[3]])).toEqual([
    ['ACTION', 'BY'],
    ['deleted', 'operator'],
    ['changed', 'ada'],
    ['created', 'operator'],
  ]);
  expect(rows[2]?.[2]).toBe('enabled: true ▶ false');
});

it('gives the scopes that manage clients to operators only', async () => {
  const { exitCode, stderr } = await client.run(['create', 'sly', '--scopes', 'things.read,clients.write']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch('"clients.write" manages clients, and is for operators only: give --operator');
});

it('rotates a secret: both work, then only the newer one', async () => {
  const { path, credentials: before } = await create('rotated');
  const newPath = join(folder, 'rotated-new.json');
  await succeed('rotate', 'rotated', '--secret-file', newPath);
  const after = credentialsIn(newPath);
  expect(statSync(newPath).mode & 0o777).toBe(0o600);
  expect([await getToken(before), await getToken(after)]).toEqual([expect.any(String), expect.any(String)]);

  const wrong = await client.run(['retire', 'rotated', '--secret-file', path, '--yes']);
  expect(wrong).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching('credentials with the older secret'),
  });
  expect(await getToken(before)).toBeDefined();

  const { stderr } = await succeed('retire', 'rotated', '--secret-file', newPath, '--yes');
  expect(stderr).toMatch('The newer secret works: a token was issued for it.');
  expect([await getToken(before), await getToken(after)]).toEqual([undefined, expect.any(String)]);
});

it('keeps credentials in Secrets Manager, from creation through rotation', async () => {
  const place = ['--secrets-manager', 'third-party/kept'];
  const run = async (...args: readonly string[]) => assertDone(await client.run([...args, ...place]));
  const outcomes = [
    await run('create', 'kept', '--scopes', 'things.read'),
    await run('token', 'kept'),
    await run('rotate', 'kept'),
    await run('retire', 'kept', '--yes'),
    await run('token', 'kept'),
  ];
  expect(outcomes[3]?.stderr).toMatch('The newer secret works');
  for (const { stdout, stderr } of outcomes) expect(`${stdout}${stderr}`).not.toMatch(/\b[a-z0-9]{51}\b/);
});

it('shows a secret only when it is created', async () => {
  const { stdout, stderr } = await succeed('create', 'shown', '--scopes', 'things.read');
  const [, clientId = '', clientSecret = ''] = /client id +(\w+)[^]*secret +(\w+)/.exec(stdout) ?? [];
  expect(await tokenOf({ ...local.client, clientId, clientSecret, scopes: [] })).toBeDefined();
  expect(stderr).toMatch('shown only this once');

  const others = [
    ['list'],
    ...['show', 'token', 'doctor', 'events', 'disable'].map((command) => [command, 'shown']),
  ];
  for (const args of others) {
    const forPeople = await client.run(args);
    const forMachines = await client.run(['--json', ...args]);
    const outputs = [forPeople.stdout, forMachines.stdout, forPeople.stderr, forMachines.stderr, stderr];
    expect(outputs.join('')).not.toContain(clientSecret);
  }
});

describe('client token', () => {
  it('shows the claims and the operations that they allow', async () => {
    const { path } = await create('reader');
    const { stdout, stderr } = await succeed('token', 'reader', '--secret-file', path);
    expect(stdout).toMatch(/token_use +access/);
    expect(stdout).toMatch(/expires +in 60 minutes/);
    expect(stdout).toMatch(/GET +\/api\/v1\/things +yes/);
    expect(stdout).toMatch(/POST +\/api\/v1\/things +no +https:\/\/api\.example\.com\/things\.write/);
    expect(`${stdout}${stderr}`).not.toMatch(/eyJ/);
  });

  it('says that a client may call nothing which only the registry has disabled', async () => {
    const { path, credentials } = await create('half-disabled');
    const headers = {
      Authorization: `Bearer ${await tokenOf(operator())}`,
      'Content-Type': 'application/merge-patch+json',
    };
    const url = `${local.client.apiUrl}/api/v1/clients/${credentials.clientId}`;
    const body = JSON.stringify({ enabled: false });
    expect((await fetch(url, { method: 'PATCH', headers, body })).status).toBe(200);
    const token = await getToken(credentials);
    await until('the change to be in force', async () => (await call(token)) === '401 client_disabled');
    const { stdout, stderr } = await succeed('token', 'half-disabled', '--secret-file', path);
    expect(stdout).not.toMatch(/ yes /);
    expect(stderr).toMatch(
      `since half-disabled is disabled: npm run client -- --local enable ${credentials.clientId}\n`,
    );
  });

  it('prints the token itself only with --raw', async () => {
    const { path } = await create('raw');
    const { stdout } = await succeed('token', 'raw', '--secret-file', path, '--raw');
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('reads the secret from standard input, a variable, or Cognito', async () => {
    const { credentials } = await create('sources');
    const { clientSecret } = credentials;
    const args = ['token', 'sources', '--scopes', 'things.read'];
    const byInput = await client.run([...args, '--secret-file', '-'], { input: `${clientSecret}\n` });
    const byVariable = await client.run(args, { env: { CLIENT_SECRET: clientSecret } });
    const wrong = await client.run(args, { env: { CLIENT_SECRET: 'wrong' } });
    const byCognito = await client.run(args);
    expect([byInput, byVariable, wrong, byCognito].map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 0]);
    expect(wrong.stderr).toMatch('the secret is wrong, or was retired');
  });
});

it('writes files to the folder in which npm was called', async () => {
  const args = ['create', 'here', '--scopes', 'things.read', '--secret-file', 'here.json'];
  const npm = [
    '--prefix',
    join(__dirname, '..', '..'),
    'run',
    '--silent',
    'client',
    '--',
    '--local',
    ...args,
  ];
  // Without its port: the emulator is found by the folder of the local run.
  const env = { ...process.env, ...WITH_SERVICE_RESOURCES, LOCAL_DIRECTORY: dirname(local.clientFile) };
  await promisify(execFile)('npm', npm, { cwd: folder, env });
  expect(credentialsIn(join(folder, 'here.json')).scopes).toEqual([READ]);
});
