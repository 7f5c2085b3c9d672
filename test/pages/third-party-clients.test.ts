import { join } from 'node:path';
import { type LocalRun, startLocalRun } from '../support/local-run';
import { describeWith, type ProgramResult, pythonWith, ROOT, runProgram } from '../support/programs';

// Starting everything takes some seconds.
jest.setTimeout(60_000);

const EXAMPLE = 'examples/third-party';
const python = pythonWith('requests_oauthlib');
const isInstalled = (name: string) =>
  [
    process.execPath,
    '-e',
    `require.resolve(${JSON.stringify(join(ROOT, EXAMPLE, 'node_modules', name))})`,
  ] as const;

let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(() => local.stop());

/** Clients that others have written, each run by a script that knows nothing but what `/openapi.json` says. */
const clients: readonly (readonly [
  string,
  readonly [string, ...string[]],
  readonly [string, ...string[]],
])[] = [
  [
    'openid-client',
    [...isInstalled('openid-client')],
    [process.execPath, `${EXAMPLE}/other-clients/openid_client.mjs`],
  ],
  [
    'requests-oauthlib',
    [python, '-c', 'import requests_oauthlib'],
    [python, `${EXAMPLE}/other-clients/requests_oauthlib_client.py`],
  ],
];

describe.each(clients)('%s', (_, probe, command) => {
  describeWith(probe)('with the client id, the secret and /openapi.json', () => {
    it('gets a token with the scopes of each operation, and calls it', async () => {
      const { apiUrl, clientId, clientSecret } = local.client;
      const environment = { API_URL: apiUrl, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
      expect(await runProgram(command, environment)).toEqual({
        code: 0,
        stdout:
          'listUsers https://api.example.com/users.read 200\n' +
          'createUser https://api.example.com/users.write 201\n',
        stderr: '',
      });
    });
  });
});

describeWith([...isInstalled('openapi-fetch')])('the typed example', () => {
  const npm = (...args: string[]): Promise<ProgramResult> =>
    runProgram(['npm', '--prefix', EXAMPLE, '--silent', ...args], { CLIENT_FILE: local.clientFile });

  it('creates a user, lists it, and says why it cannot create it again', async () => {
    const create = ['start', '--', 'create', 'grace@example.com', 'Grace Hopper'];
    expect(await npm(...create)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^created [\da-f-]+\n$/),
    });
    expect(await npm('start', '--', 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ {2}grace@example\.com {2}Grace Hopper\n/),
    });
    expect(await npm(...create)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('409 email_taken'),
    });
  });

  it('says how it is used', async () => {
    expect(await npm('start')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm start -- list'),
    });
  });
});
