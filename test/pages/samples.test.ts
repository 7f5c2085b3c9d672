import { type Fault, type FaultyProxy, faultyProxy } from '../support/faulty-proxy';
import { type LocalRun, startLocalRun, tokenOf } from '../support/local-run';
import { describeWith, pythonWith, runProgram } from '../support/programs';

// Starting everything takes some seconds, and so do the samples that wait for the API to recover.
jest.setTimeout(60_000);

const python = pythonWith('requests');

/** Each sample: what must be there to run it, and the command that does. */
const samples: readonly (readonly [
  string,
  readonly [string, ...string[]],
  readonly [string, ...string[]],
])[] = [
  ['call.sh', ['jq', '--version'], ['bash', 'docs/samples/call.sh']],
  [
    'call.ts',
    [process.execPath, '--version'],
    [process.execPath, '-r', 'ts-node/register/transpile-only', 'docs/samples/call.ts'],
  ],
  ['call.py', [python, '-c', 'import requests'], [python, 'docs/samples/call.py']],
  ['Call.java', ['java', '--version'], ['java', 'docs/samples/Call.java']],
];

const USERS = 250;
const addresses = Array.from({ length: USERS }, (_, index) => `user-${index}@example.com`);

let local: LocalRun;
let proxy: FaultyProxy;
let tokens: FaultyProxy;

beforeAll(async () => {
  local = await startLocalRun();
  const headers = {
    Authorization: `Bearer ${await tokenOf(local.client)}`,
    'Content-Type': 'application/json',
  };
  for (const email of addresses) {
    const body = JSON.stringify({ email, name: 'A user' });
    await fetch(`${local.client.apiUrl}/api/v1/users`, { method: 'POST', headers, body });
  }
});

afterAll(() => local.stop());

afterEach(async () => {
  await proxy.close();
  await tokens.close();
});

/** Runs a sample against the API and the token endpoint, both seen through proxies. */
async function run(
  command: readonly [string, ...string[]],
  { faults = [], scopes }: { faults?: readonly (Fault | undefined)[]; scopes?: string } = {},
) {
  const { apiUrl, tokenUrl, clientId, clientSecret } = local.client;
  proxy = await faultyProxy(apiUrl, faults);
  tokens = await faultyProxy(tokenUrl);
  return runProgram(command, {
    API_URL: proxy.url,
    TOKEN_URL: tokens.url + new URL(tokenUrl).pathname,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ...(scopes && { SCOPE: scopes }),
  });
}

describe.each(samples)('%s', (name, probe, command) => {
  describeWith(probe, { optional: name === 'Call.java' })('run as the guide says', () => {
    it('creates a user, then lists all of them, with one token', async () => {
      const { code, stdout, stderr } = await run(command);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [first, ...listed] = stdout.trim().split('\n');
      expect(['created', 'is there already']).toContain(first);
      expect(listed.sort()).toEqual([...addresses, 'ada@example.com'].sort());
      expect(proxy.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET']);
      expect(tokens.requests).toHaveLength(1);
    });

    it('gets a new token after 401, once, and waits after 503 as long as Retry-After says', async () => {
      const faults = [{ status: 401 }, undefined, { status: 503, headers: { 'Retry-After': '1' } }];
      const begin = performance.now();
      const { code, stdout, stderr } = await run(command, { faults });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).toHaveLength(USERS + 2);
      expect(proxy.requests.map(({ method }) => method)).toEqual([
        'POST',
        'POST',
        'GET',
        'GET',
        'GET',
        'GET',
      ]);
      expect(tokens.requests).toHaveLength(2);
      expect(performance.now() - begin).toBeGreaterThan(1000);
    });

    it('does not repeat a call after 503 without Retry-After', async () => {
      const { code, stderr } = await run(command, { faults: [{ status: 503 }] });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/503/);
      expect(proxy.requests).toHaveLength(1);
    });

    it('ends with what the API says, where it is refused for good', async () => {
      const scopes = local.client.scopes.find((scope) => scope.endsWith('/users.read'))!;
      const { code, stderr } = await run(command, { scopes });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/403.*insufficient_scope/);
      expect(proxy.requests).toHaveLength(1);
    });

    it('asks for one new token at most, where each is refused', async () => {
      const refused = { status: 401 };
      const { code } = await run(command, { faults: [refused, refused, refused, refused] });
      expect(code).not.toBe(0);
      expect(proxy.requests).toHaveLength(2);
      expect(tokens.requests).toHaveLength(2);
    });
  });
});

describeWith(['jq', '--version'])('first-call.sh', () => {
  it('prints the first page', async () => {
    const { code, stdout, stderr } = await run(['bash', 'docs/samples/first-call.sh']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});
