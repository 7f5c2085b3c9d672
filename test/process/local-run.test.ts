import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClientFile } from '../../local/client-file';
import { choosePorts } from '../../local/ports';
import { freePorts, type LocalProcess, PORTS, READY, spawnLocalProcess, tokenOf } from '../support/local-run';
import { type OtlpReceiver, otlpReceiver } from '../support/otlp-receiver';
import { commandOf, descendants } from '../support/processes';
import { until } from '../support/until';

// Each start takes about three seconds, and several times that while other tests run.
jest.setTimeout(60_000);

/** Calls the API as the client that a file describes. */
async function callApi(
  { directory }: LocalProcess,
  path: string,
  { file = 'client.json', ...init }: RequestInit & { readonly file?: string } = {},
): Promise<Response> {
  const client = JSON.parse(readFileSync(join(directory, file), 'utf8')) as ClientFile;
  const { apiUrl, tokenUrl, clientId, clientSecret } = client;
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...credentials });
  const answer = await fetch(tokenUrl, { method: 'POST', body });
  const { access_token } = (await answer.json()) as { access_token: string };
  const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' };
  return fetch(`${apiUrl}${path}`, { ...init, headers });
}

const CLIENT = '/api/v1/clients/acme';

async function registerClient(all: LocalProcess): Promise<void> {
  const body = JSON.stringify({ name: 'acme' });
  expect((await callApi(all, CLIENT, { file: 'operator.json', method: 'PUT', body })).status).toBe(201);
}

describe('a local run', () => {
  let all: LocalProcess;
  let collector: OtlpReceiver;
  beforeAll(async () => {
    collector = await otlpReceiver();
    all = await spawnLocalProcess({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' },
    });
    await all.prints(READY);
  });
  afterAll(async () => {
    await all.stop();
    await collector.close();
  });

  it('describes its client in a file that only its owner may read', () => {
    const path = join(all.directory, 'client.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = JSON.parse(readFileSync(path, 'utf8')) as ClientFile;
    expect(client).toEqual({
      apiUrl: `http://127.0.0.1:${all.env['PORT']}`,
      tokenUrl: `http://127.0.0.1:${all.env['LOCAL_COGNITO_PORT']}/oauth2/token`,
      clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      clientSecret: expect.stringMatching(/^[a-z0-9]{51}$/),
      scopes: expect.any(Array),
    } satisfies ClientFile);
    const unqualified = client.scopes.filter((scope) => !/^https:\/\/api\.example\.com\/[^/]+$/.test(scope));
    expect(unqualified).toEqual([]);
  });

  it('has an operator client, which alone may manage clients', async () => {
    const path = join(all.directory, 'operator.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(all.output()).toContain(`Operator ${path}`);
    const listClients = async (file: string) => {
      const client = JSON.parse(readFileSync(join(all.directory, file), 'utf8')) as ClientFile;
      const headers = { Authorization: `Bearer ${await tokenOf(client)}` };
      return (await fetch(`${client.apiUrl}/api/v1/clients`, { headers })).status;
    };
    expect([await listClients('operator.json'), await listClients('client.json')]).toEqual([200, 403]);
  });

  it('prints two lines with which the API can be called', async () => {
    const lines = all.output().split('\n');
    const first = lines.findIndex((line) => line.startsWith('TOKEN='));
    const script = lines.slice(first, first + 2).join('\n');
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script]);
    expect([stdout.split('\r\n')[0], stderr]).toEqual(['HTTP/1.1 200 OK', '']);
  });

  it('prints an address at which a user can sign in', async () => {
    const [, url] = /^Sign in {2}(\S+)\n +as ada with \S+$/m.exec(all.output())!;
    const answer = await fetch(url!);
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  it('shows a request under the trace of its caller in the log, and sends it to the collector that the shell names', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await (await fetch(`http://127.0.0.1:${all.env['PORT']}/openapi.json`, { headers })).text();
    await all.prints(traceId);
    const span = await until('its span', () => collector.spans.find((one) => one.traceId === traceId));
    expect(span).toMatchObject({ name: 'GET /openapi.json', kind: expect.stringContaining('SERVER') });
  });

  it('does not start a second time in the same folder', async () => {
    const second = await spawnLocalProcess({ env: { LOCAL_DIRECTORY: all.directory } });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch('already running in this folder');
  });

  it('names the occupied ports and their variables when another run uses the same ports', async () => {
    const second = await spawnLocalProcess({
      env: Object.fromEntries(PORTS.map((name) => [name, all.env[name] ?? ''])),
    });
    expect(await second.ended).toBe(1);
    for (const name of PORTS) {
      expect(second.output()).toMatch(`Port ${all.env[name]} is in use: set ${name} to another one`);
    }
  });
});

describe('the configured port', () => {
  it.each([
    ['0', 'PORT=0 is not a port'],
    ['65536', 'PORT=65536 is not a port'],
    ['http', 'PORT=http is not a port'],
  ])('%s is refused', async (value, message) => {
    await expect(choosePorts({ ...(await freePorts()), PORT: value })).rejects.toThrow(message);
  });

  it('is refused when another variable has the same port', async () => {
    const ports = await freePorts();
    const twice = choosePorts({ ...ports, METRICS_PORT: ports['PORT'] });
    await expect(twice).rejects.toThrow(`Port ${ports['PORT']} is in use: set METRICS_PORT`);
  });
});

describe('no process is left behind', () => {
  let one: LocalProcess;
  let family: number[];
  const member = (script: string) => family.find((pid) => commandOf(pid)?.includes(script)) ?? 0;
  const survivors = () => family.filter((pid) => commandOf(pid) !== undefined);

  afterEach(() => one.stop());

  it('after the API was killed, and after Ctrl-C when the emulator was killed before', async () => {
    one = await spawnLocalProcess();
    await one.prints(READY);
    await registerClient(one);
    family = descendants(one.pid);
    process.kill(member('src/main.ts'), 'SIGKILL');
    expect(await one.ended).toBe(1);
    expect(one.output()).toMatch('The API ended (SIGKILL).');
    expect(survivors()).toEqual([]);

    one = await spawnLocalProcess({ env: one.env });
    await one.prints(READY);
    expect((await callApi(one, CLIENT, { file: 'operator.json' })).status).toBe(200);
    family = descendants(one.pid);
    process.kill(member('emulator/main.ts'), 'SIGKILL');
    await one.prints('The emulator ended (SIGKILL). The API keeps running');
    expect((await fetch(`http://127.0.0.1:${one.env['PORT']}/readyz`)).status).toBe(200);
    process.kill(one.pid, 'SIGINT');
    expect(await one.ended).toBe(0);
    expect(survivors()).toEqual([]);
  });

  it('after the run was killed and started again, and after Ctrl-C during the start', async () => {
    one = await spawnLocalProcess();
    await one.prints('Starting the API');
    family = descendants(one.pid);
    const postgres = member('postgres -D');
    const cognito = member('emulator/main.ts');
    process.kill(one.pid, 'SIGKILL');
    while (commandOf(cognito) !== undefined) await delay(10);
    expect(commandOf(postgres)).toBeDefined();

    one = await spawnLocalProcess({ env: one.env });
    await one.prints('Starting the API');
    expect(commandOf(postgres)).toBeUndefined();
    family = descendants(one.pid);
    process.kill(one.pid, 'SIGINT');
    expect(await one.ended).toBe(0);
    expect(survivors()).toEqual([]);
  });

  it.each(['local', 'dev'])('after SIGTERM to `npm run %s`', async (script) => {
    one = await spawnLocalProcess({
      command: ['npm', 'run', script],
      env: { npm_config_update_notifier: 'false' },
    });
    await one.prints(READY);
    family = descendants(one.pid);
    process.kill(one.pid, 'SIGTERM');
    expect(await one.ended).toBe(0);
    expect(survivors()).toEqual([]);
  });

  it('after the API failed to start', async () => {
    one = await spawnLocalProcess({ env: { LOG_LEVEL: 'nonsense' } });
    await one.prints('Starting the API');
    family = descendants(one.pid);
    expect(await one.ended).toBe(1);
    expect(one.output()).toMatch(/LOG_LEVEL[^]*The API ended \(exit code 1\)\./);
    expect(survivors()).toEqual([]);
  });
});
