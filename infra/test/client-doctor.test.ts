import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, type LocalRun, startLocalRun, tokenOf } from '../../test/support/local-run';
import type { Credentials } from '../client/credentials';
import type { Finding } from '../client/doctor/examine';
import { type Around, CommandLine } from './support/command-line';
import { type Front, startFront } from './support/front';
import { IDENTIFIER, Misfortunes, POOL, READ, WRITE } from './support/misfortunes';

jest.setTimeout(60_000);

let local: LocalRun;
let client: CommandLine;
let misfortunes: Misfortunes;
let folder: string;
let front: Front;

beforeAll(async () => {
  local = await startLocalRun();
  const { port } = new URL(local.client.tokenUrl);
  client = new CommandLine(port);
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  front = await startFront(local.client);
});
beforeEach(async () => {
  misfortunes = new Misfortunes(local);
  await misfortunes.move({ apiUrl: front.url, tokenUrl: `${front.url}/oauth2/token` });
});
afterEach(async () => {
  front.clear();
  await misfortunes.undo();
});
afterAll(async () => {
  await front.stop();
  rmSync(folder, { recursive: true });
  await local.stop();
});

/** Onboards a client, which the running API does not know, until the test has ended. */
async function create(name: string): Promise<{ path: string; credentials: Credentials }> {
  const path = join(folder, `${name}.json`);
  const outcome = await client.run(['create', name, '--scopes', 'users.read', '--secret-file', path]);
  if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
  misfortunes.undoBy(async () => client.run(['delete', name, '--yes']));
  return { path, credentials: JSON.parse(readFileSync(path, 'utf8')) as Credentials };
}

async function idOf(name: string): Promise<string> {
  return (await client.json<{ clientId: string }>('show', name)).clientId;
}

/** A token that nobody has signed. */
function jwt(claims: object): string {
  const parts = [{ alg: 'RS256', kid: 'x' }, claims].map((part) => JSON.stringify(part));
  return [...parts, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** An address of this machine where nothing listens. */
async function closedOrigin(): Promise<string> {
  return `http://127.0.0.1:${(await freePorts())['PORT'] ?? ''}`;
}

function fileOf(token: string): string {
  const path = join(folder, 'token.jwt');
  writeFileSync(path, `${token}\n`);
  return path;
}

/** Asks the doctor twice, as machines and as people do, and sees to it that both hear the same and nothing secret. */
async function diagnose(args: readonly string[], around: Around = {}): Promise<readonly Finding[]> {
  const forMachines = await client.run(['--json', 'doctor', ...args], around);
  const forPeople = await client.run(['doctor', ...args], around);
  const { problems, findings } = JSON.parse(forMachines.stdout) as {
    readonly problems: number;
    readonly findings: readonly Finding[];
  };
  const found = findings.filter((finding) => finding.status === 'problem');
  expect(problems).toBe(found.length);
  expect([forMachines.exitCode, forPeople.exitCode]).toEqual(problems === 0 ? [0, 0] : [3, 3]);
  expect(forPeople.stdout.match(/PROBLEM/g) ?? []).toHaveLength(problems);
  const told = withoutRequestIds(forPeople.stdout);
  for (const { detail, cure } of found) {
    expect(told).toContain(detail);
    expect(told).toContain(withoutRequestIds(cure));
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
    expected.map(([check, detail = '', cure = '']) => ({
      check,
      status: 'problem',
      detail: expect.stringMatching(detail),
      cure: expect.stringMatching(cure),
    })),
  );
}

/** The client that has been there from the start, with its secret. */
const wellKnown = () => ['third-party', '--secret-file', local.clientFile];

describe('where nothing is wrong', () => {
  const whole = {
    region: 'ok',
    domain: 'ok',
    api: 'ok',
    issuer: 'ok',
    clock: 'ok',
    flow: 'ok',
    scopes: 'ok',
    client_list: 'ok',
    secret: 'ok',
    token: 'ok',
  };

  it('finds nothing with client, secret, scopes and token', async () => {
    const token = fileOf(await tokenOf(local.client));
    const findings = await diagnose([...wellKnown(), '--token-file', token, '--request-scopes', READ]);
    expect(statusesIn(findings)).toEqual(whole);
  });

  it('gets a token itself, and says that it calls the API', async () => {
    const findings = await diagnose(['third-party']);
    expect(statusesIn(findings)).toEqual(whole);
    expect(findings.at(-1)?.detail).toBe('GET /api/v1/users answers 200 to it');
    expect(findings.at(-2)?.detail).toMatch("--secret-file tries the third party's");
  });

  it('looks at the deployment where no client is named', async () => {
    expect(statusesIn(await diagnose([]))).toEqual({
      ...whole,
      flow: 'skipped',
      scopes: 'skipped',
      client_list: 'skipped',
      secret: 'skipped',
      token: 'skipped',
    });
  });

  it("takes the client from the token's file", async () => {
    expect(statusesIn(await diagnose(['--token-file', fileOf(await tokenOf(local.client))]))).toEqual(whole);
  });

  it('takes the token from standard input', async () => {
    const input = await tokenOf(local.client);
    expect(statusesIn(await diagnose(['--token-file', '-'], { input }))).toEqual(whole);
  });

  it('does not ask a public client for a secret', async () => {
    expect(statusesIn(await diagnose(['web-app']))).toEqual({
      ...whole,
      secret: 'skipped',
      token: 'skipped',
    });
  });

  it("takes a user's token, of a public client and of one with a secret", async () => {
    const portal = await misfortunes.createClient('portal', {
      AllowedOAuthFlows: ['implicit'],
      AllowedOAuthScopes: ['openid', READ],
    });
    const ofPublic = await misfortunes.signIn(await idOf('web-app'));
    const ofPortal = await misfortunes.signIn(portal);
    const tried = await diagnose(['--token-file', fileOf(ofPublic.access_token)]);
    expect(statusesIn(tried)).toEqual({ ...whole, secret: 'skipped' });
    const { flow } = statusesIn(await diagnose(['--token-file', fileOf(ofPortal.access_token)]));
    expect(flow).toBe('ok');
  });

  it('does not take a slow answer for a wrong clock', async () => {
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

describe('the flow', () => {
  it('is not allowed', async () => {
    const clientId = await misfortunes.createClient('portal', { AllowedOAuthFlows: ['code'] });
    await misfortunes.listClients(clientId);
    const detail = 'portal may not use client_credentials, but code';
    expectProblems(await diagnose(['portal']), ['flow', detail, 'client create <name> --scopes']);
  });

  it('is refused, though the settings allow it', async () => {
    const refusal = { status: 400, json: { error: 'unauthorized_client' } };
    front.on((path) => (path === '/oauth2/token' ? refusal : undefined));
    expectProblems(await diagnose(wellKnown()), [
      'flow',
      'refuses third-party with unauthorized_client',
      'wait',
    ]);
  });

  it('is taken from a disabled client, which is off the list too', async () => {
    const { credentials } = await create('disabled');
    await client.run(['disable', 'disabled']);
    const cure = `client enable ${credentials.clientId} --roll`;
    expectProblems(
      await diagnose(['disabled']),
      ['flow', 'disabled is disabled', cure],
      ['client_list', "is not on the API's list", cure],
    );
  });
});

describe('a scope', () => {
  it('is not qualified', async () => {
    for (const args of [wellKnown(), []]) {
      const findings = await diagnose([...args, '--request-scopes', 'users.read']);
      expectProblems(findings, ['scopes', '"users.read" is not qualified', `ask for ${READ}\\.`]);
    }
  });

  it('is not one of the client, or of the API', async () => {
    await misfortunes.createClient('writer', { AllowedOAuthScopes: [WRITE] });
    expect(find('scopes', await diagnose(['writer', '--request-scopes', `${WRITE} ${READ}`]))).toMatchObject({
      detail: `writer does not have the scope "${READ}"`,
      cure: expect.stringMatching(`ask for some of ${WRITE}, `),
    });
    const findings = await diagnose(['--request-scopes', `${IDENTIFIER}/users.delete`]);
    expectProblems(findings, [
      'scopes',
      'the API has no scope ".+/users.delete"',
      `ask for some of ${READ} `,
    ]);
  });

  it('is parted from another by a comma, so that both are one', async () => {
    const findings = await diagnose([...wellKnown(), '--request-scopes', `${READ},${WRITE}`]);
    expectProblems(findings, ['scopes', `does not have the scope "${READ},`, 'with spaces between them']);
  });

  it("of this API's is neither the client's nor in the token", async () => {
    await misfortunes.createScope('billing', 'read');
    await misfortunes.createClient('biller', { AllowedOAuthScopes: ['billing/read'] });
    expect(find('scopes', await diagnose(['biller']))).toMatchObject({
      detail: 'biller has no scope of this API, but billing/read',
      cure: `Give it some of ${READ}, ${WRITE}, in the console under the app client's login pages.`,
    });

    const { access_token } = await misfortunes.signIn(await idOf('web-app'), 'openid');
    const findings = await diagnose(['--token-file', fileOf(access_token)]);
    expectProblems(findings, ['scopes', 'the token holds no scope of this API', `ask for some of ${READ}, `]);
  });
});

describe('the list of clients', () => {
  it('does not have the client', async () => {
    const clientId = await misfortunes.createClient('unlisted');
    await misfortunes.listClients(local.client.clientId);
    const findings = await diagnose(['unlisted']);
    const cure = `client enable ${clientId} --roll`;
    expectProblems(findings, ['client_list', `unlisted \\(${clientId}\\) is not on the API's list`, cure]);
  });

  it('was read by the running tasks before the client was on it', async () => {
    const { path, credentials } = await create('newcomer');
    const findings = await diagnose(['newcomer', '--secret-file', path]);
    const cure = `client enable ${credentials.clientId} --roll`;
    expectProblems(findings, ['client_list', 'the running tasks read it before', cure]);
  });

  it('is empty', async () => {
    await misfortunes.listClients();
    const findings = await diagnose([]);
    expectProblems(findings, ['client_list', 'is empty', 'client enable <client> --roll']);
  });

  it('has nothing for the token of a client that was deleted', async () => {
    const { credentials } = await create('deleted');
    const token = await tokenOf({ ...credentials, scopes: [] });
    await client.run(['delete', 'deleted', '--yes']);
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, [
      'client_list',
      `no app client "${credentials.clientId}" any more`,
      'client list',
    ]);
  });
});

describe('a clock', () => {
  it.each([
    ['10 minutes ahead', 600],
    ['3 hours behind', -10_800],
  ])("of Cognito's is %s", async (how, skewSeconds) => {
    await misfortunes.skewCognito(skewSeconds);
    const detail = `the clock of the API agrees and the clock of Amazon Cognito is ${how}`;
    expectProblems(await diagnose(wellKnown()), ['clock', detail, 'clock of this machine and of the API: ']);
  });

  it('of this machine is wrong', async () => {
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 10_800_000);
    const detail = 'the API is 3 hours behind and the clock of Amazon Cognito is 3 hours behind';
    expectProblems(await diagnose(wellKnown()), ['clock', detail, 'clock of this machine: ']);
  });

  it("of the API's is wrong", async () => {
    front.on(() => ({ headers: { Date: new Date(Date.now() + 600_000).toUTCString() } }));
    const detail = 'the API is 10 minutes ahead';
    expectProblems(await diagnose([]), ['clock', detail, 'clock of this machine and of the API\\.']);
    expectProblems(await diagnose(wellKnown()), ['clock', detail, 'clock of the API: ']);
  });

  it('of Cognito shows in a token from the future', async () => {
    await misfortunes.skewCognito(300);
    const { access_token } = await misfortunes.signIn(await idOf('web-app'));
    const findings = await diagnose(['--token-file', fileOf(access_token)]);
    expectProblems(findings, [
      'clock',
      'Amazon Cognito is 5 minutes ahead',
      'clock of this machine and of the API: ',
    ]);
  });
});

describe('the domain', () => {
  it('is missing', async () => {
    await misfortunes.deleteDomain();
    const findings = await diagnose(wellKnown());
    const cure = `create-user-pool-domain --user-pool-id ${POOL} --domain`;
    expectProblems(findings, ['domain', `${POOL} has no domain`, cure]);
    expect(statusesIn(findings)).toMatchObject({ secret: 'skipped', token: 'skipped' });
  });

  it('is another than that of the token URL, which gets no secret', async () => {
    // It leads to the front too, so that a token could be got.
    const stranger = new URL(front.url);
    stranger.hostname = '0.0.0.0';
    await misfortunes.move({ tokenUrl: `${stranger.origin}/oauth2/token` });
    const detail = "get tokens from 0.0.0.0, and the pool's domain is local.auth.eu-central-1";
    const findings = await diagnose(wellKnown());
    expectProblems(findings, ['domain', detail, 'Deploy the service stack again']);
    expect(statusesIn(findings)).toMatchObject({ secret: 'skipped', token: 'skipped' });
  });

  it('does not answer, or not with a token', async () => {
    const cure = 'whether the domain is active';
    front.on((path) => (path === '/oauth2/token' ? { status: 502 } : undefined));
    expectProblems(await diagnose(wellKnown()), ['domain', 'answers 502 and no token', cure]);
    front.clear();
    await misfortunes.failTokenRequests(500);
    expectProblems(await diagnose(wellKnown()), ['domain', 'refuses with "A fault on demand."', cure]);
    await misfortunes.move({ tokenUrl: `${await closedOrigin()}/oauth2/token` });
    for (const args of [wellKnown(), []])
      expectProblems(await diagnose(args), ['domain', /cannot be reached \(ECONNREFUSED\)/, cure]);
  });
});

describe('the Region', () => {
  it('is one that nothing was deployed in', async () => {
    const findings = await diagnose(['--region', 'us-east-1', ...wellKnown()]);
    const detail = 'no parameter /cognito-resource-server/deployment in us-east-1';
    expectProblems(findings, ['region', detail, /Give the Region \(--region\)/]);
    expect(findings.filter(({ status }) => status === 'skipped')).toHaveLength(9);
  });

  it("of the token is not the deployment's", async () => {
    const { token } = await misfortunes.tokenOfAnotherPool('us-east-1');
    const detail = "issued in us-east-1, and the API's user pool is in eu-central-1";
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, ['region', detail, `get its tokens from ${front.url}/oauth2/token`]);
    expect(statusesIn(findings)).toMatchObject({
      issuer: 'skipped',
      scopes: 'skipped',
      client_list: 'skipped',
    });
  });
});

describe('the issuer', () => {
  it("of the API has the form that the user pool's has not", async () => {
    await misfortunes.changeIssuer('UPDATED');
    const updated = `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
    const findings = await diagnose(wellKnown());
    expectProblems(findings, ['issuer', `tokens name ${updated}`, `COGNITO_ISSUER to ${updated}`]);
  });

  it('of the token has a form that is refused since the user pool has the other', async () => {
    await misfortunes.changeIssuer('UPDATED');
    const token = fileOf(await tokenOf(local.client));
    await misfortunes.changeIssuer('ORIGINAL');
    const accepted = await diagnose(['--token-file', token]);
    expect(accepted.filter(({ status }) => status === 'problem')).toEqual([]);
    // As a load balancer that verifies tokens does.
    front.on((path) => (path.startsWith('/api/') ? { status: 401 } : undefined));
    expect(find('issuer', await diagnose(['--token-file', token]))).toMatchObject({
      detail: expect.stringMatching('the form that the user pool no longer uses'),
      cure: 'Have the third party get a new token.',
    });
  });

  it("of the token is another user pool of the Region's", async () => {
    const { poolId, token } = await misfortunes.tokenOfAnotherPool('eu-central-1');
    const findings = await diagnose(['--token-file', fileOf(token)]);
    const cure = `get its tokens from ${front.url}/oauth2/token`;
    expectProblems(findings, ['issuer', `by the user pool ${poolId}, and the API's is ${POOL}`, cure]);
  });

  it('of the token is no user pool', async () => {
    const token = jwt({ iss: 'https://login.example.com/', token_use: 'access', exp: 2 ** 32 });
    const findings = await diagnose(['--token-file', fileOf(token)]);
    expectProblems(findings, ['issuer', 'not issued by a user pool', 'get its tokens from']);
  });
});

describe('the secret', () => {
  it('is wrong', async () => {
    const around = { env: { CLIENT_SECRET: 'x'.repeat(51) } };
    const findings = await diagnose(['third-party'], around);
    const cure = `client rotate ${local.client.clientId}`;
    expectProblems(findings, ['secret', 'wrong, or has been retired', cure]);
    expect(statusesIn(findings)).toMatchObject({ token: 'skipped' });
  });

  it('has been retired', async () => {
    const { path } = await create('rotated');
    await client.run(['rotate', 'rotated', '--secret-file', join(folder, 'rotated-new.json')]);
    expect(find('secret', await diagnose(['rotated', '--secret-file', path])).status).toBe('ok');
    await client.run(['retire', 'rotated', '--yes']);
    const findings = await diagnose(['rotated', '--secret-file', path]);
    expectProblems(findings, ['secret', 'wrong, or has been retired', 'use the newest one']);
  });
});

describe('the API', () => {
  it('is not reachable', async () => {
    const apiUrl = await closedOrigin();
    await misfortunes.move({ apiUrl });
    const findings = await diagnose(wellKnown());
    const cure = `ECS service local in the cluster local, .+ DNS and the certificate of ${apiUrl}`;
    expectProblems(findings, ['api', `${apiUrl}/readyz cannot be reached \\(ECONNREFUSED\\)`, cure]);
    expect(statusesIn(findings)).toMatchObject({ issuer: 'skipped', clock: 'ok', secret: 'ok', token: 'ok' });
  });

  it('has no task that is ready', async () => {
    front.on((path) => (path === '/oauth2/token' ? undefined : { status: 503 }));
    expectProblems(await diagnose(wellKnown()), ['api', 'answers 503', 'the events of the ECS service']);
  });

  it('is ready, but answers with an error', async () => {
    front.on((path) => (path.startsWith('/api/') ? { status: 500 } : undefined));
    expectProblems(await diagnose(wellKnown()), ['api', 'answers a call with 500', 'the log of the service']);
  });
});

describe('the token', () => {
  it('is an ID token', async () => {
    const { id_token } = await misfortunes.signIn(await idOf('web-app'));
    const findings = await diagnose(['--token-file', fileOf(id_token)]);
    expectProblems(findings, ['token', 'it is an ID token', 'send access_token of the answer, not id_token']);
  });

  it('has expired', async () => {
    await misfortunes.skewCognito(-5400);
    const token = fileOf(await tokenOf(local.client));
    await misfortunes.skewCognito(0);
    const cure = 'get a new one when three quarters of expires_in are over';
    expectProblems(await diagnose(['--token-file', token]), ['token', 'it expired 30 minutes ago', cure]);
  });

  it('was altered', async () => {
    const [header = '', , signature = ''] = (await tokenOf(local.client)).split('.');
    const [, claims = ''] = (await tokenOf(local.client, READ)).split('.');
    const findings = await diagnose(['--token-file', fileOf([header, claims, signature].join('.'))]);
    const cure = 'the log says more under the request [\\w-]+';
    expectProblems(findings, ['token', 'answers 401 to it: it is forged or altered', cure]);
  });

  it("is another client's", async () => {
    const { path } = await create('mixed-up');
    const findings = await diagnose([
      'mixed-up',
      '--secret-file',
      path,
      '--token-file',
      fileOf(await tokenOf(local.client)),
    ]);
    const detail = `issued to another app client than mixed-up: "${local.client.clientId}"`;
    expectProblems(findings, ['token', detail, 'with the credentials of mixed-up']);
  });

  it.each(['', 'Bearer', '"quoted"', '{"access_token":"a"}', 'eyJ.eyJ', 'a.b.c\nd'])(
    'is none: %j',
    async (text) => {
      const findings = await diagnose(['--token-file', fileOf(text)]);
      expectProblems(findings, ['token', 'what was given is no token', 'whole and without quotes']);
      expect(statusesIn(findings)).toMatchObject({ issuer: 'ok', scopes: 'skipped', client_list: 'skipped' });
    },
  );

  it('cannot be read', async () => {
    const path = join(folder, 'missing.jwt');
    expect(await client.run(['doctor', '--token-file', path])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${path} cannot be read (ENOENT).\n`,
    });
  });
});

it('says that there is no such client', async () => {
  const { exitCode, stderr } = await client.run(['doctor', 'nobody']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch('has no app client "nobody": `client list` names those it has.');
});
