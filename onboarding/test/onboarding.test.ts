import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Credentials } from '../credentials';
import { CommandLine, type Outcome } from './support/command-line';
import { type LocalRun, startLocalRun, tokenOf } from './support/emulator';

// Most commands run as separate processes here, and a rollout starts a new process of the API.
jest.setTimeout(120_000);

const READ = 'https://api.example.com/users.read';

let local: LocalRun;
let client: CommandLine;
let folder: string;

beforeAll(async () => {
  local = await startLocalRun();
  client = new CommandLine(new URL(local.client.tokenUrl).port);
  folder = mkdtempSync(join(tmpdir(), 'client-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await local.stop();
});

/** Runs a command as a process and asserts that it succeeds. */
async function succeed(...args: readonly string[]): Promise<Outcome> {
  return assertDone(await client.spawn(args));
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
  assertDone(await client.run(['create', name, '--scopes', 'users.read', '--secret-file', path, ...options]));
  return { path, credentials: credentialsIn(path) };
}

function credentialsIn(path: string): Credentials {
  return JSON.parse(readFileSync(path, 'utf8')) as Credentials;
}

/** Requests a token as the third party does; `undefined` if it is refused. */
async function getToken(credentials: Credentials): Promise<string | undefined> {
  return tokenOf({ ...credentials, scopes: [...credentials.scopes] });
}

/** Calls the API and gives the status, with the code of a problem. */
async function call(token: string | undefined, method = 'GET'): Promise<string> {
  const headers = { Authorization: `Bearer ${token ?? ''}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${local.client.apiUrl}/api/v1/users`, { method, headers });
  const { code = '' } = (await answer.json()) as { code?: string };
  return `${answer.status} ${code}`.trim();
}

it('creates a third party, disables, enables and deletes it', async () => {
  const path = join(folder, 'acme.json');
  const created = await succeed('create', 'acme', '--scopes', 'users.read', '--secret-file', path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const credentials = credentialsIn(path);
  expect(credentials).toEqual({
    apiUrl: local.client.apiUrl,
    tokenUrl: local.client.tokenUrl,
    clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
    clientSecret: expect.stringMatching(/^\w{24,64}$/),
    clientSecretId: expect.any(String),
    scopes: [READ],
  });
  const token = await getToken(credentials);
  // The running tasks have read the list before.
  expect(created.stderr).toMatch(/Running tasks do not know the client yet: .+ \(--roll\)/);
  expect(await call(token)).toBe('401 client_not_allowed');

  await succeed('enable', 'acme', '--roll');
  expect(await call(token)).toBe('200');
  expect(await call(token, 'POST')).toBe('403 insufficient_scope');

  const disabled = await succeed('disable', 'acme');
  expect(disabled.stdout).toMatch(/issued tokens +valid for up to 60 minutes, until 20\S+Z at the latest/);
  expect(disabled.stderr).toMatch(/Running tasks accept tokens already issued: .+ \(--roll\)/);
  expect(await getToken(credentials)).toBeUndefined();
  expect(await call(token)).toBe('200');

  await succeed('enable', 'acme');
  expect(await getToken(credentials)).toBeDefined();

  await succeed('delete', 'acme', '--yes', '--roll');
  expect(await getToken(credentials)).toBeUndefined();
  expect(await call(token)).toBe('401 client_not_allowed');
});

it('rotates a secret: both work, then only the newer one', async () => {
  const { path, credentials: before } = await create('rotated');
  const newPath = join(folder, 'rotated-new.json');
  await succeed('rotate', 'rotated', '--secret-file', newPath);
  const after = credentialsIn(newPath);
  expect(statSync(newPath).mode & 0o777).toBe(0o600);
  expect([await getToken(before), await getToken(after)]).toEqual([expect.any(String), expect.any(String)]);

  const wrong = await client.spawn(['retire', 'rotated', '--secret-file', path, '--yes']);
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
    await run('create', 'kept', '--scopes', 'users.read'),
    await run('token', 'kept'),
    await run('rotate', 'kept'),
    await run('retire', 'kept', '--yes'),
    await run('token', 'kept'),
  ];
  expect(outcomes[3]?.stderr).toMatch('The newer secret works');
  for (const { stdout, stderr } of outcomes) expect(`${stdout}${stderr}`).not.toMatch(/\b[a-z0-9]{51}\b/);
});

it('shows a secret only when it is created', async () => {
  const { stdout, stderr } = await succeed('create', 'shown', '--scopes', 'users.read');
  const [, clientId = '', clientSecret = ''] = /client id +(\w+)[^]*secret +(\w+)/.exec(stdout) ?? [];
  expect(await tokenOf({ ...local.client, clientId, clientSecret, scopes: [] })).toBeDefined();
  expect(stderr).toMatch('shown only this once');

  const others = [['list'], ...['show', 'token', 'doctor', 'disable'].map((command) => [command, 'shown'])];
  for (const args of others) {
    const forPeople = await client.spawn(args);
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
    expect(stdout).toMatch(/GET +\/api\/v1\/users +yes/);
    expect(stdout).toMatch(/POST +\/api\/v1\/users +no +https:\/\/api\.example\.com\/users\.write/);
    expect(`${stdout}${stderr}`).not.toMatch(/eyJ/);
  });

  it('prints the token itself only with --raw', async () => {
    const { path } = await create('raw');
    const { stdout } = await succeed('token', 'raw', '--secret-file', path, '--raw');
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('reads the secret from standard input, a variable, or Cognito', async () => {
    const { credentials } = await create('sources');
    const { clientSecret } = credentials;
    const args = ['token', 'sources', '--scopes', 'users.read'];
    const byInput = await client.run([...args, '--secret-file', '-'], { input: `${clientSecret}\n` });
    const byVariable = await client.run(args, { env: { CLIENT_SECRET: clientSecret } });
    const wrong = await client.run(args, { env: { CLIENT_SECRET: 'wrong' } });
    const byCognito = await client.run(args);
    expect([byInput, byVariable, wrong, byCognito].map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 0]);
    expect(wrong.stderr).toMatch('the secret is wrong, or was retired');
  });
});

it('writes files to the folder in which npm was called', async () => {
  const args = ['create', 'here', '--scopes', 'users.read', '--secret-file', 'here.json'];
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
  const { port } = new URL(local.client.tokenUrl);
  await promisify(execFile)('npm', npm, { cwd: folder, env: { ...process.env, LOCAL_COGNITO_PORT: port } });
  expect(credentialsIn(join(folder, 'here.json')).scopes).toEqual([READ]);
});
