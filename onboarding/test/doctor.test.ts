import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Credentials } from '../credentials';
import type { Finding } from '../doctor/run-checks';
import { type CommandInput, CommandLine } from './support/command-line';
import { freePorts, type LocalRun, startLocalRun, tokenOf } from './support/emulator';
import { type Front, startFront } from './support/front';
import { IDENTIFIER, FailureScenarios, POOL, READ, WRITE } from './support/failure-scenarios';

jest.setTimeout(120_000);

let local: LocalRun;
let client: CommandLine;
let scenarios: FailureScenarios;
let folder: string;
let front: Front;

beforeAll(async () => {
  local = await startLocalRun();
  const { port } = new URL(local.client.tokenUrl);
  client = new CommandLine(port, dirname(local.clientFile));
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  front = await startFront(local.client);
});
beforeEach(async () => {
  scenarios = new FailureScenarios(local);
  await scenarios.move({ apiUrl: front.url, tokenUrl: `${front.url}/oauth2/token` });
});
afterEach(async () => {
  front.clear();
  await scenarios.undo();
});
afterAll(async () => {
  await front.stop();
  rmSync(folder, { recursive: true });
  await local.stop();
});

/** Creates a client; it is deleted when the test ends. */
async function create(name: string): Promise<{ path: string; credentials: Credentials }> {
  const path = join(folder, `${name}.json`);
  const outcome = await client.run(['create', name, '--scopes', 'things.read', '--secret-file', path]);
  if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
  scenarios.undoBy(async () => client.run(['delete', name, '--yes']));
  return { path, credentials: JSON.parse(readFileSync(path, 'utf8')) as Credentials };
}

async function idOf(name: string): Promise<string> {
  return (await client.json<{ clientId: string }>('show', name)).clientId;
}

/** A token without a valid signature. */
function jwt(claims: object): string {
  const parts = [{ alg: 'RS256', kid: 'x' }, claims].map((part) => JSON.stringify(part));
  return [...parts, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** A loopback origin on which nothing listens. */
async function closedOrigin(): Promise<string> {
  return `http://127.0.0.1:${(await freePorts())['PORT'] ?? ''}`;
}

function fileOf(token: string): string {
  const path = join(folder, 'token.jwt');
  writeFileSync(path, `${token}\n`);
  return path;
}

/** Runs the doctor with and without --json, and asserts that both outputs agree and hold no secret. */
async function diagnose(args: readonly string[], input: CommandInput = {}): Promise<readonly Finding[]> {
  const forMachines = await client.run(['--json', 'doctor', ...args], input);
  const forPeople = await client.run(['doctor', ...args], input);
  const { problems, findings } = JSON.parse(forMachines.stdout) as {
    readonly problems: number;
    readonly findings: readonly Finding[];
  };
  const found = findings.filter((finding) => finding.status === 'problem');
  expect(problems).toBe(found.length);
  expect([forMachines.exitCode, forPeople.exitCode]).toEqual(problems === 0 ? [0, 0] : [3, 3]);
  expect(forPeople.stdout.match(/PROBLEM/g) ?? []).toHaveLength(problems);
  const printed = withoutRequestIds(forPeople.stdout);
  for (const { detail, fix } of found) {
    expect(printed).toContain(detail);
    expect(printed).toContain(withoutRequestIds(fix));
  }
  const written = [forMachines, forPeople].map(({ stdout, stderr }) => stdout + stderr).join('');
  // Neither a token nor a secret that Cognito has made.
  expect(written).not.toMatch(/eyJ|\b[a-z0-9]{51}\b/);
  return findings;
}

/** They differ from one call to the next. */
function withoutRequestIds(text: string): string {
  return text.replaceAll(/[\da-f-]{36}/g, '');
}

/** Each check's status, in one object. */
function statusesIn(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ check, status }) => [check, status]));
}

function find(check: string, findings: readonly Finding[]): Finding {
  return findings.find((finding) => finding.check === check)!;
}

/** Asserts that these are the problems, and that there is no other. */
function expectProblems(findings: readonly Finding[], ...expected: readonly (string | RegExp)[][]): void {
  expect(findings.filter(({ status }) => status === 'problem')).toEqual(
    expected.map(([check, detail = '', fix = '']) => ({
      check,
      status: 'problem',
      detail: expect.stringMatching(detail),
      fix: expect.stringMatching(fix),
    })),
  );
}

/** Options for the seeded client, with its secret. */
const seededClient = () => ['third-party', '--secret-file', local.clientFile];

/** The statuses where nothing is wrong. */
const healthy = {
  region: 'ok',
  domain: 'ok',
  api: 'ok',
  issuer: 'ok',
  clock: 'ok',
  flow: 'ok',
  scopes: 'ok',
  registry: 'ok',
  secret: 'ok',
  token: 'ok',
};

describe('the doctor', () => {
  it('finds no problem with a correct client, secret, scopes and token', async () => {
    const token = fileOf(await tokenOf(local.client));
    const findings = await diagnose([...seededClient(), '--token-file', token, '--request-scopes', READ]);
    expect(statusesIn(findings)).toEqual(healthy);
  });

  it('gets a token itself, and calls the API with it', async () => {
    const findings = await diagnose(['third-party']);
    expect(statusesIn(findings)).toEqual(healthy);
    expect(findings.at(-1)?.detail).toBe('GET /api/v1/things answers 200 to it');
    expect(findings.at(-2)?.detail).toMatch("--secret-file tries the third party's");
  });

  it('checks only the deployment if no client is named', async () => {
    expect(statusesIn(await diagnose([]))).toEqual({
      ...healthy,
      flow: 'skipped',
      scopes: 'skipped',
      registry: 'skipped',
      secret: 'skipped',
      token: 'skipped',
    });
  });

  it('takes the client from the token', async () => {
    expect(statusesIn(await diagnose(['--token-file', fileOf(await tokenOf(local.client))]))).toEqual(
      healthy,
    );
  });

  it('takes the token from standard input', async () => {
    const input = await tokenOf(local.client);
    expect(statusesIn(await diagnose(['--token-file', '-'], { input }))).toEqual(healthy);
  });

  it('needs no secret for a public client', async () => {
    expect(statusesIn(await diagnose(['web-app']))).toEqual({
      ...healthy,
      registry: 'skipped',
      secret: 'skipped',
      token: 'skipped',
    });
  });

  it("accepts a user's token, of a public client and of one with a secret", async () => {
    const portal = await scenarios.createClient('portal', {
      AllowedOAuthFlows: ['implicit'],
      AllowedOAuthScopes: ['openid', READ],
    });
    const ofPublic = await scenarios.signIn(await idOf('web-app'));
    const ofPortal = await scenarios.signIn(portal);
    const tried = await diagnose(['--token-file', fileOf(ofPublic.access_token)]);
    expect(statusesIn(tried)).toEqual({ ...healthy, secret: 'skipped' });
    const { flow } = statusesIn(await diagnose(['--token-file', fileOf(ofPortal.access_token)]));
    expect(flow).toBe('ok');
  });

  it('does not mistake a slow answer for a wrong clock', async () => {
    const now = Date.now.bind(Date);
    let late = -8000;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + late);
    front.on((path) => {
      if (path === '/oauth2/token') late = 0;
      return undefined;
    });
    const { exitCode, stdout } = await client.run(['doctor', 'third-party']);
    expect(stdout).toMatch(/ok +clock/);
    expect(exitCode).toBe(0);
  });
});

describe('the flow check', () => {
  it('reports a client that may not use client_credentials', async () => {
    const clientId = await scenarios.createClient('portal', { AllowedOAuthFlows: ['code'] });
    await client.run(['enable', clientId]);
    const detail = 'portal may not use client_credentials, but code';
    const fix = 'npm run client -- --local create <name> --scopes <scopes>';
    expectProblems(await diagnose(['portal']), ['flow', detail, fix]);
  });

  it('reports that Cognito refuses a flow that the settings allow', async () => {
    const refusal = { status: 400, json: { error: 'unauthorized_client' } };
    front.on((path) => (path === '/oauth2/token' ? refusal : undefined));
    expectProblems(await diagnose(seededClient()), [
      'flow',
      'refuses third-party with unauthorized_client',
      'wait',
    ]);
  });

  it('reports a client that is disabled, at Cognito and in the registry', async () => {
    const { credentials } = await create('disabled');
    await client.run(['disable', 'disabled']);
    const fix = `npm run client -- --local enable ${credentials.clientId}$`;
    expectProblems(
      await diagnose(['disabled']),
      ['flow', 'disabled is disabled at Cognito', fix],
      ['registry', 'disabled is disabled in the client registry', fix],
    );
  });
});

describe('the scopes check', () => {
  it('reports an unqualified scope', async () => {
    for (const args of [seededClient(), []]) {
      const findings = await diagnose([...args, '--request-scopes', 'things.read']);
      expectProblems(findings, ['scopes', '"things.read" is not qualified', `request ${READ}\\.`]);
    }
  });

  it('reports a scope that the client, or the API, does not have', async () => {
    await scenarios.createClient('writer', { AllowedOAuthScopes: [WRITE] });
    expect(find('scopes', await diagnose(['writer', '--request-scopes', `${WRITE} ${READ}`]))).toMatchObject({
      detail: `writer does not have the scope "${READ}"`,
      fix: expect.stringMatching(`request some of ${WRITE}, `),
    });
    const findings = await diagnose(['--request-scopes', `${IDENTIFIER}/things.delete`]);
    expectProblems(findings, [
      'scopes',
      'the API has no scope ".+/things.delete"',
      `request some of ${READ} `,
    ]);
  });

  it('reports scopes that are separated by a comma', async () => {
    const findings = await diagnose([...seededClient(), '--request-scopes', `${READ},${WRITE}`]);
    expectProblems(findings, ['scopes', `does not have the scope "${READ},`, 'separated by spaces']);
  });

  it('reports a client, or a token, without any scope of the API', async () => {
    await scenarios.createScope('billing', 'read');
    await scenarios.createClient('biller', { AllowedOAuthScopes: ['billing/read'] });
    expect(find('scopes', await diagnose(['biller']))).toMatchObject({
      detail: 'biller has no scope of this API, but billing/read',
      fix: expect.stringMatching(
        `^Give it some of ${READ}, ${WRITE}: npm run client -- --local scopes \\w+ <scopes>$`,
      ),
    });

    const { access_token } = await scenarios.signIn(await idOf('web-app'), 'openid');
    const findings = await diagnose(['--token-file', fileOf(access_token)]);
    expectProblems(findings, ['scopes', 'the token holds no scope of this API', `request some of ${READ}, `]);
  });
});

describe('the registry check', () => {
  it('reports a client that the registry does not have', async () => {
    const clientId = await scenarios.createClient('unlisted');
    const findings = await diagnose(['unlisted']);
    const fix = `npm run client -- --local enable ${clientId}$`;
    expectProblems(findings, ['registry', `does not have unlisted \\(${clientId}\\)`, fix]);
  });

  it('accepts a client that only COGNITO_CLIENT_IDS lists', async () => {
    expect(find('registry', await diagnose(['third-party'])).detail).toBe(
      'third-party is in COGNITO_CLIENT_IDS, and not in the client registry',
    );
  });

  it('reports a token that was revoked', async () => {
    const { credentials } = await create('revoked');
    const token = fileOf(await tokenOf({ ...local.client, ...credentials, scopes: [] }));
    await client.run(['revoke', 'revoked']);
    expectProblems(await diagnose(['revoked', '--token-file', token]), [
      'registry',
      'the token was revoked, as all that were issued until 20',
      'get a new token',
    ]);
  });

  it('reports tasks that do not act on what the registry has', async () => {
    const { path } = await create('behind');
    const code = 'client_not_allowed';
    front.on((path) => (path === '/api/v1/things' ? { status: 401, json: { code } } : undefined));
    expectProblems(await diagnose(['behind', '--secret-file', path]), [
      'registry',
      `a task answered ${code}: 1 of 1 tasks`,
      'client registry cannot be read',
    ]);
  });

  it('is skipped if the registry cannot be read, unless the API names the cause', async () => {
    const around = { env: { OPERATOR_SECRET_NAME: 'missing' } };
    const findings = await diagnose(seededClient(), around);
    expectProblems(findings);
    expect(find('registry', findings)).toMatchObject({
      status: 'skipped',
      detail: expect.stringMatching('There is no secret missing in Secrets Manager'),
    });
    await scenarios.createClient('unlisted');
    expectProblems(await diagnose(['unlisted'], around), [
      'registry',
      'the API refuses unlisted with client_not_allowed',
      'enable',
    ]);
  });

  it('reports the token of a deleted client', async () => {
    const { credentials } = await create('deleted');
    const token = await tokenOf({ ...local.client, ...credentials, scopes: [] });
    await client.run(['delete', 'deleted', '--yes']);
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, [
      'registry',
      `no longer has the app client "${credentials.clientId}"`,
      'npm run client -- --local list',
    ]);
  });
});

describe('the clock check', () => {
  it.each([
    ['10 minutes ahead', 600],
    ['3 hours behind', -10_800],
  ])("reports that Cognito's clock is %s", async (how, skewSeconds) => {
    await scenarios.skewCognito(skewSeconds);
    const detail = `the clock of the API agrees and the clock of Amazon Cognito is ${how}`;
    expectProblems(await diagnose(seededClient()), [
      'clock',
      detail,
      'clock of this machine and of the API: ',
    ]);
  });

  it('reports that the clock of this machine is wrong', async () => {
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 10_800_000);
    const detail = 'the API is 3 hours behind and the clock of Amazon Cognito is 3 hours behind';
    expectProblems(await diagnose(seededClient()), ['clock', detail, 'clock of this machine: ']);
  });

  it("reports that the API's clock is wrong", async () => {
    front.on(() => ({ headers: { Date: new Date(Date.now() + 600_000).toUTCString() } }));
    const detail = 'the API is 10 minutes ahead';
    expectProblems(await diagnose([]), ['clock', detail, 'clock of this machine and of the API\\.']);
    expectProblems(await diagnose(seededClient()), ['clock', detail, 'clock of the API: ']);
  });

  it("takes Cognito's clock from a token issued in the future", async () => {
    const webApp = await idOf('web-app');
    await scenarios.skewCognito(300);
    const { access_token } = await scenarios.signIn(webApp);
    const findings = await diagnose(['--token-file', fileOf(access_token)]);
    expectProblems(findings, [
      'clock',
      'Amazon Cognito is 5 minutes ahead',
      'clock of this machine and of the API: ',
    ]);
  });
});

describe('the domain check', () => {
  it('reports a user pool without a domain', async () => {
    await scenarios.deleteDomain();
    const findings = await diagnose(seededClient());
    const fix = `create-user-pool-domain --user-pool-id ${POOL} --domain`;
    expectProblems(findings, ['domain', `${POOL} has no domain`, fix]);
    expect(statusesIn(findings)).toMatchObject({ secret: 'skipped', token: 'skipped' });
  });

  it('gets tokens with GetClientToken where there is neither a domain nor a token URL', async () => {
    await scenarios.deleteDomain();
    await scenarios.move({ tokenUrl: undefined });
    await scenarios.allowClientToken('operator');
    const { path } = await create('inside');
    const findings = await diagnose(['inside', '--secret-file', path]);
    expect(statusesIn(findings)).toEqual(healthy);
    expect(find('domain', findings).detail).toBe(
      'the user pool has no domain: tokens come from GetClientToken of Amazon Cognito in eu-central-1',
    );
    expect(find('flow', findings).detail).toBe('inside may use ALLOW_CLIENT_TOKEN_AUTH');
    const { stdout, exitCode } = await client.run(['token', 'inside', '--secret-file', path]);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/GET +\/api\/v1\/things +yes/)]);
    const wrong = await diagnose(['inside'], { env: { CLIENT_SECRET: 'x'.repeat(51) } });
    expectProblems(wrong, ['secret', 'wrong, or has been retired', 'rotate']);
    await client.run(['disable', 'inside']);
    const { stderr } = await client.run(['token', 'inside', '--secret-file', path]);
    expect(stderr).toMatch('GetClientToken refuses with "InvalidParameterException": the client is disabled');
    expect(await client.run(['enable', 'inside'])).toMatchObject({ exitCode: 0 });
    expect(await client.run(['token', 'inside'])).toMatchObject({ exitCode: 0 });
  });

  it('reports that the pool has a domain which the deployment does not name', async () => {
    await scenarios.move({ tokenUrl: undefined });
    const around = { env: { OPERATOR_SECRET_NAME: 'missing' } };
    const detail = "get their tokens from GetClientToken, but the pool's domain is local.auth.eu-central-1";
    expectProblems(await diagnose([], around), ['domain', detail, 'Deploy the service stack again']);
  });

  it('reports a token URL on another domain, and sends no secret there', async () => {
    // It leads to the front too, so that a token could be got.
    const stranger = new URL(front.url);
    stranger.hostname = '0.0.0.0';
    await scenarios.move({ tokenUrl: `${stranger.origin}/oauth2/token` });
    const detail = "get their tokens from 0.0.0.0, but the pool's domain is local.auth.eu-central-1";
    const findings = await diagnose(seededClient());
    expectProblems(findings, ['domain', detail, 'Deploy the service stack again']);
    expect(statusesIn(findings)).toMatchObject({ secret: 'skipped', token: 'skipped' });
  });

  it('reports a token endpoint that does not answer, or not with a token', async () => {
    const fix = 'whether the domain is active';
    front.on((path) => (path === '/oauth2/token' ? { status: 502 } : undefined));
    expectProblems(await diagnose(seededClient()), ['domain', 'answers 502 and no token', fix]);
    front.clear();
    await scenarios.failTokenRequests(500);
    expectProblems(await diagnose(seededClient()), ['domain', 'refuses with "A fault on demand."', fix]);
    await scenarios.move({ tokenUrl: `${await closedOrigin()}/oauth2/token` });
    for (const args of [seededClient(), []])
      expectProblems(await diagnose(args), ['domain', /cannot be reached \(ECONNREFUSED\)/, fix]);
  });
});

describe('the region check', () => {
  it('reports a Region without a deployment', async () => {
    const findings = await diagnose(['--region', 'us-east-1', ...seededClient()]);
    const detail = 'no parameter /cognito-resource-server/deployment in us-east-1';
    expectProblems(findings, ['region', detail, /Give the Region \(--region\)/]);
    expect(findings.filter(({ status }) => status === 'skipped')).toHaveLength(9);
  });

  it('reports a token issued in another Region', async () => {
    const { token } = await scenarios.tokenOfAnotherPool('us-east-1');
    const detail = "issued in us-east-1, and the API's user pool is in eu-central-1";
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, ['region', detail, `get its tokens from ${front.url}/oauth2/token`]);
    expect(statusesIn(findings)).toMatchObject({
      issuer: 'skipped',
      scopes: 'skipped',
      registry: 'skipped',
    });
  });
});

describe('the issuer check', () => {
  it('reports that the API expects another issuer form than the user pool uses', async () => {
    await scenarios.changeIssuer('UPDATED');
    const updated = `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
    const findings = await diagnose(seededClient());
    expectProblems(findings, ['issuer', `tokens name ${updated}`, `COGNITO_ISSUER to ${updated}`]);
  });

  it('reports a token with the issuer form that the user pool no longer uses', async () => {
    await scenarios.changeIssuer('UPDATED');
    const token = fileOf(await tokenOf(local.client));
    await scenarios.changeIssuer('ORIGINAL');
    const accepted = await diagnose(['--token-file', token]);
    expect(accepted.filter(({ status }) => status === 'problem')).toEqual([]);
    // As a load balancer that verifies tokens does.
    front.on((path) => (path.startsWith('/api/') ? { status: 401 } : undefined));
    expect(find('issuer', await diagnose(['--token-file', token]))).toMatchObject({
      detail: expect.stringMatching('the form that the user pool no longer uses'),
      fix: 'Have the third party get a new token.',
    });
  });

  it('reports a token of another user pool in the Region', async () => {
    const { poolId, token } = await scenarios.tokenOfAnotherPool('eu-central-1');
    const findings = await diagnose(['--token-file', fileOf(token)]);
    const fix = `get its tokens from ${front.url}/oauth2/token`;
    expectProblems(findings, ['issuer', `by the user pool ${poolId}, and the API's is ${POOL}`, fix]);
  });

  it('reports a token that no user pool issued', async () => {
    const token = jwt({ iss: 'https://login.example.com/', token_use: 'access', exp: 2 ** 32 });
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, ['issuer', 'not issued by a user pool', 'get its tokens from']);
  });
});

describe('the secret check', () => {
  it('reports a wrong secret', async () => {
    const around = { env: { CLIENT_SECRET: 'x'.repeat(51) } };
    const findings = await diagnose(['third-party'], around);
    const fix = `client -- --local rotate ${local.client.clientId}`;
    expectProblems(findings, ['secret', 'wrong, or has been retired', fix]);
    expect(statusesIn(findings)).toMatchObject({ token: 'skipped' });
  });

  it('reports a retired secret', async () => {
    const { path } = await create('rotated');
    await client.run(['rotate', 'rotated', '--secret-file', join(folder, 'rotated-new.json')]);
    expect(find('secret', await diagnose(['rotated', '--secret-file', path])).status).toBe('ok');
    await client.run(['retire', 'rotated', '--yes']);
    const findings = await diagnose(['rotated', '--secret-file', path]);
    expectProblems(findings, ['secret', 'wrong, or has been retired', 'use the newest one']);
  });
});

describe('the api check', () => {
  it('reports an API that cannot be reached', async () => {
    const apiUrl = await closedOrigin();
    await scenarios.move({ apiUrl });
    const findings = await diagnose(seededClient());
    const fix = `Look at what runs the API; then at DNS and the certificate of ${apiUrl}`;
    expectProblems(findings, ['api', `${apiUrl}/readyz cannot be reached \\(ECONNREFUSED\\)`, fix]);
    expect(statusesIn(findings)).toMatchObject({ issuer: 'skipped', clock: 'ok', secret: 'ok', token: 'ok' });
  });

  it('reports an API without a ready task', async () => {
    front.on((path) => (path === '/oauth2/token' ? undefined : { status: 503 }));
    expectProblems(await diagnose(seededClient()), ['api', 'answers 503', 'what runs the API']);
  });

  it('reports an API that is ready but answers with an error', async () => {
    front.on((path) => (path.startsWith('/api/') ? { status: 500 } : undefined));
    expectProblems(await diagnose(seededClient()), [
      'api',
      'answers a call with 500',
      'the log of the service',
    ]);
  });
});

describe('the token check', () => {
  it('reports an ID token', async () => {
    const { id_token } = await scenarios.signIn(await idOf('web-app'));
    const findings = await diagnose(['--token-file', fileOf(id_token)]);
    expectProblems(findings, ['token', 'it is an ID token', 'send access_token of the answer, not id_token']);
  });

  it('reports an expired token', async () => {
    await scenarios.skewCognito(-5400);
    const token = fileOf(await tokenOf(local.client));
    await scenarios.skewCognito(0);
    const fix = 'get a new one when three quarters of expires_in are over';
    expectProblems(await diagnose(['--token-file', token]), ['token', 'it expired 30 minutes ago', fix]);
  });

  it('reports an altered token', async () => {
    const [header = '', , signature = ''] = (await tokenOf(local.client)).split('.');
    const [, claims = ''] = (await tokenOf(local.client, READ)).split('.');
    const findings = await diagnose(['--token-file', fileOf([header, claims, signature].join('.'))]);
    const fix = 'the log says more under the request [\\w-]+';
    expectProblems(findings, ['token', 'answers 401 to it: it is forged or altered', fix]);
  });

  it('reports a token of another client', async () => {
    const { path } = await create('mixed-up');
    const findings = await diagnose([
      'mixed-up',
      '--secret-file',
      path,
      '--token-file',
      fileOf(await tokenOf(local.client)),
    ]);
    const detail = `issued to another app client, not to mixed-up: "${local.client.clientId}"`;
    expectProblems(findings, ['token', detail, 'with the credentials of mixed-up']);
  });

  it.each(['', 'Bearer', '"quoted"', '{"access_token":"a"}', 'eyJ.eyJ', 'a.b.c\nd'])(
    'reports a malformed token: %j',
    async (text) => {
      const findings = await diagnose(['--token-file', fileOf(text)]);
      expectProblems(findings, ['token', 'the given text is not a token', 'whole and without quotes']);
      expect(statusesIn(findings)).toMatchObject({ issuer: 'ok', scopes: 'skipped', registry: 'skipped' });
    },
  );

  it('fails if the token file cannot be read', async () => {
    const path = join(folder, 'missing.jwt');
    expect(await client.run(['doctor', '--token-file', path])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${path} cannot be read (ENOENT).\n`,
    });
  });
});

it('fails if there is no such client', async () => {
  const { exitCode, stderr } = await client.run(['doctor', 'missing']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch('has no app client "missing": npm run client -- --local list shows those it has.');
});
