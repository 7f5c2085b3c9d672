/**
 * Builds the images with whatever `docker` answers, and treats the service as production would: read-only, without
 * capabilities, as user 1000, with little memory. Then looks into the image, calls the API with a token, and stops it.
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetchDescription, firstPath } from '../local/first-call';

const root = join(__dirname, '..');
const [base = ''] = /node:\S+/.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
const name = `cognito-resource-server-test-${process.pid}`;
const images = { service: `${name}:service`, emulator: `${name}:emulator` };
const containers = { postgres: `${name}-postgres`, emulator: `${name}-emulator`, api: `${name}-api` };
const MEGABYTE = 1024 * 1024;

/** The largest file that anyone may fetch without a token. */
const LARGEST_FILE = '/docs/inter.woff2';

/** What the image may weigh over its base, and its node_modules. */
const MOST_ADDED = 60 * MEGABYTE;
const MOST_PACKAGES = 40 * MEGABYTE;

const production = [
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '1000:1000'],
  ...['--memory', '256m', '--memory-swap', '256m', '--pids-limit', '64', '--network', name],
  ...['--ulimit', 'nofile=1024:1024'],
];
const client = { id: 'containertest', secret: 'secret-of-the-container-test' };
const operator = { id: 'containeroperator', secret: 'secret-of-the-operator-of-the-test' };
const pool = 'eu-central-1_Local0001';
const identifier = 'https://api.example.com';
const database = { PGHOST: 'postgres', PGDATABASE: 'api', PGUSER: 'api', PGPASSWORD: 'container-test' };
const environment = {
  ...database,
  COGNITO_USER_POOL_ID: pool,
  COGNITO_CLIENT_IDS: `${client.id},${operator.id}`,
  COGNITO_JWKS_URI: `http://emulator:4000/${pool}/.well-known/jwks.json`,
  COGNITO_JWKS_ALLOW_HTTP: 'true',
  RESOURCE_SERVER_IDENTIFIER: identifier,
  SHUTDOWN_DELAY_SECONDS: '2',
};

/** Runs the engine's client and gives what it prints. */
function docker(...args: string[]): string {
  return execFileSync('docker', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * MEGABYTE }).trim();
}

function inspect(what: string, format: string): unknown {
  return JSON.parse(docker('inspect', '--format', `{{json ${format}}}`, what));
}

/** Runs a program of the image instead of the service. */
function inside(...[program = '', ...args]: string[]): string {
  return docker('run', '--rm', '--network', 'none', '--entrypoint', program, images.service, ...args);
}

function options(env: Record<string, string>): string[] {
  return Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
}

/** `http://…` of a port that a container has published on this machine. */
function published(container: string, port: number): string {
  return `http://${docker('port', container, `${port}/tcp`).split('\n')[0]}`;
}

async function step(text: string, run: () => unknown): Promise<void> {
  process.stdout.write(`${text} …\n`);
  await run();
}

/** Asks again and again until the answer is yes; throws when it takes longer than that many seconds. */
async function until(what: string, seconds: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not so after ${seconds} s: ${what}.`);
    await delay(100);
  }
}

/**
 * The status of an answer; 0 where there is none. Not by `fetch`, which never settles when the engine's proxy closes a
 * connection because no process listens behind it yet.
 */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.setTimeout(5_000, () => request.destroy()).on('error', () => resolve(0));
  });
}

function requireEngine(): void {
  const { status, stderr, error } = spawnSync('docker', ['version'], { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `This test needs a container engine, and none answers to \`docker\`.\n${error?.message ?? stderr}`,
  );
}

function build(): void {
  // The client prints a long log on standard error; it is of interest only when the build fails.
  const env = { DOCKER_BUILDKIT: '1', ...process.env };
  for (const [target, tag] of Object.entries(images)) {
    const args = ['build', '--target', target, '--tag', tag, '.'];
    const { status, stdout, stderr } = spawnSync('docker', args, { cwd: root, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`docker ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

function checkSizes(): void {
  // A builder may have fetched the base for itself alone.
  if (spawnSync('docker', ['image', 'inspect', base]).status !== 0) docker('pull', base);
  const added = Number(inspect(images.service, '.Size')) - Number(inspect(base, '.Size'));
  const packages = Number(inside('du', '-sk', 'node_modules').split('\t')[0]) * 1024;
  const text = (bytes: number) => `${(bytes / MEGABYTE).toFixed(1)} MB`;
  process.stdout.write(`  image over its base: ${text(added)}, node_modules: ${text(packages)}\n`);
  ok(added <= MOST_ADDED, `the image adds ${text(added)} to its base`);
  ok(packages <= MOST_PACKAGES, `node_modules has ${text(packages)}`);
}

function checkContents(): void {
  deepStrictEqual(
    inside('ls', '-A').split('\n').sort(),
    [
      'LICENSE',
      'dist',
      'health-check.mjs',
      'node_modules',
      'package.json',
      'rds-authorities.pem',
      'sbom.cdx.json',
    ],
    'what is in the image',
  );
  // Emulator, tests, benches and infrastructure are outside src, so none of them is in dist.
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  deepStrictEqual(
    inside('find', 'dist', '-mindepth', '1', '-maxdepth', '1', '-type', 'd', '-printf', '%f\n')
      .split('\n')
      .sort(),
    folders,
  );
  ok(inside('ls', 'dist').split('\n').includes('main.js.map'), 'source maps are in the image');
  const bom = JSON.parse(inside('cat', 'sbom.cdx.json')) as {
    bomFormat: string;
    components: { name: string; group?: string }[];
  };
  strictEqual(bom.bomFormat, 'CycloneDX');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const listed = bom.components.map((component) =>
    component.group === undefined ? component.name : `${component.group}/${component.name}`,
  );
  const missing = Object.keys(dependencies).filter((dependency) => !listed.includes(dependency));
  deepStrictEqual(missing, [], 'packages that the SBOM does not list');
  ok(!listed.includes('jest'), 'the SBOM lists no development dependencies');
  const packages = new Set(
    inside('find', 'node_modules', '-name', 'package.json', '-printf', '%h\n').split('\n'),
  );
  const development = Object.keys(devDependencies).filter((dependency) =>
    packages.has(`node_modules/${dependency}`),
  );
  deepStrictEqual(development, [], 'development dependencies in the image');
  strictEqual(inside('find', '.', '-name', '*.ts'), '', 'TypeScript in the image');
  strictEqual(inside('find', '.', '-writable'), '', 'files that the process could change');
}

function checkDescription(): void {
  interface ImageConfig {
    User: string;
    Entrypoint: string[];
    Cmd: string[] | null;
    ExposedPorts: object;
    Healthcheck: { Test: string[] };
    Labels: Record<string, string>;
  }
  const { User, Entrypoint, Cmd, ExposedPorts, Healthcheck, Labels } = inspect(
    images.service,
    '.Config',
  ) as ImageConfig;
  strictEqual(User, 'node');
  deepStrictEqual(
    Entrypoint,
    ['node', '--enable-source-maps', '--max-semi-space-size=8', 'dist/main.js'],
    'Node is started without a shell',
  );
  strictEqual(Cmd, null);
  deepStrictEqual(Object.keys(ExposedPorts).sort(), ['3000/tcp', '9464/tcp']);
  deepStrictEqual(Healthcheck.Test, ['CMD', 'node', 'health-check.mjs']);
  for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
    ok(Labels[`org.opencontainers.image.${label}`], `label ${label}`);
}

async function startDependencies(): Promise<void> {
  docker('network', 'create', name);
  const run = ['run', '--detach', '--network', name];
  const postgres = { POSTGRES_USER: database.PGUSER, POSTGRES_PASSWORD: database.PGPASSWORD };
  docker(
    ...run,
    '--name',
    containers.postgres,
    '--network-alias',
    'postgres',
    ...options(postgres),
    'postgres:17',
  );
  const emulator = {
    LOCAL_CLIENT_ID: client.id,
    LOCAL_CLIENT_SECRET: client.secret,
    LOCAL_OPERATOR_CLIENT_ID: operator.id,
    LOCAL_OPERATOR_CLIENT_SECRET: operator.secret,
  };
  docker(
    ...[...run, '--name', containers.emulator, '--network-alias', 'emulator', '--publish', '127.0.0.1::4000'],
    ...[
      '--read-only',
      '--cap-drop',
      'ALL',
      '--tmpfs',
      '/state:uid=1000',
      ...options(emulator),
      images.emulator,
    ],
  );
  const isReady = () =>
    spawnSync('docker', ['exec', containers.postgres, 'pg_isready', '--host=127.0.0.1']).status === 0;
  await until('PostgreSQL takes connections', 60, isReady);
}

async function startApi(): Promise<void> {
  docker('run', '--rm', ...production, ...options(database), images.service, 'migrate');
  docker(
    ...['run', '--detach', '--name', containers.api, ...production, ...options(environment)],
    ...['--publish', '127.0.0.1::3000', '--publish', '127.0.0.1::9464', images.service],
  );
  await until(
    'the service is ready',
    30,
    async () => (await statusOf(`${published(containers.api, 3000)}/readyz`)) === 200,
  );
}

function checkConfinement(): void {
  const command = docker('exec', containers.api, 'cat', '/proc/1/cmdline').split('\0');
  strictEqual(command[0], 'node', 'process 1 of the container');
  const status = docker('exec', containers.api, 'cat', '/proc/1/status');
  for (const line of [/^Uid:\s+1000\s/m, /^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m])
    ok(line.test(status), `process 1 of the container: ${line.source}`);
  const touch = spawnSync('docker', ['exec', containers.api, 'touch', '/app/file', '/tmp/file']);
  ok(touch.status !== 0, 'the file system is read-only');
}

async function callApi(): Promise<void> {
  const tokens = `${published(containers.emulator, 4000)}/oauth2/token`;
  await until('the emulator responds', 30, async () => (await statusOf(tokens)) !== 0);
  const api = published(containers.api, 3000);
  const asClient = { Authorization: await authorization(tokens, client) };
  const { scopes } = (await (await fetch(`${api}/api/v1/me`, { headers: asClient })).json()) as {
    scopes: string[];
  };
  const path = firstPath(await fetchDescription(api), scopes);
  strictEqual((await fetch(api + path, { headers: asClient })).status, 200, `GET ${path}`);

  // The one resource that every project has.
  const clients = `${api}/api/v1/clients`;
  const headers = {
    Authorization: await authorization(tokens, operator),
    'Content-Type': 'application/json',
  };
  const put = { method: 'PUT', headers, body: JSON.stringify({ name: 'acme' }) };
  strictEqual((await fetch(`${clients}/acme`, put)).status, 201, 'register a client');
  const list = (await (await fetch(clients, { headers })).json()) as { data: { name: string }[] };
  deepStrictEqual(
    list.data.map((entry) => entry.name),
    ['acme'],
    'list the clients',
  );
  strictEqual(await statusOf(clients), 401, 'without a token');
  strictEqual(await statusOf(api + LARGEST_FILE), 200, 'a file of the docs');
}

/** The header of requests with a new token of a client. */
async function authorization(tokens: string, { id, secret }: typeof client): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
  });
  const granted = (await (await fetch(tokens, { method: 'POST', body })).json()) as { access_token: string };
  return `Bearer ${granted.access_token}`;
}

/** Alerts and dashboard speak only of metrics that there are. */
async function checkMetricNames(): Promise<void> {
  const exposed = await (await fetch(`${published(containers.api, 9464)}/metrics`)).text();
  const families = [...exposed.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, family = '', type]) =>
    type === 'histogram' ? [`${family}_bucket`, `${family}_sum`, `${family}_count`] : [family],
  );
  const known = new Set([...families, 'up']);
  for (const path of ['prometheus/alerts.yml', 'grafana/dashboards/cognito-resource-server.json']) {
    const text = readFileSync(join(root, 'docker', path), 'utf8');
    const named = [...text.matchAll(/(\w+)\{job=\\?"api\\?"/g)].map(([, metric = '']) => metric);
    const unknown = [...new Set(named)].filter((metric) => !known.has(metric));
    ok(named.length > 0, `docker/${path} names metrics`);
    deepStrictEqual(unknown, [], `metrics of docker/${path} that the service does not have`);
  }
}

/** Descriptors and bytes of memory of the service. */
function held(): { readonly descriptors: number; readonly memory: number } {
  const list = docker('exec', containers.api, 'ls', '/proc/1/fd').split('\n');
  const [, kilobytes = ''] =
    /^VmRSS:\s+(\d+) kB$/m.exec(docker('exec', containers.api, 'cat', '/proc/1/status')) ?? [];
  return { descriptors: list.length, memory: Number(kilobytes) * 1024 };
}

/** It is alive throughout, and what the flood took is back ten seconds after it. */
async function flood(): Promise<void> {
  const before = held();
  const run = ['run', '--rm', '--interactive', '--network', name, '--ulimit', 'nofile=4096:4096'];
  const script = readFileSync(join(__dirname, 'flood.mjs'));
  const args = ['--entrypoint', 'node', images.service, '--input-type=module', '-'];
  const printed = execFileSync('docker', [...run, ...args, containers.api, '3000', LARGEST_FILE], {
    input: script,
    encoding: 'utf8',
  });
  const { asked, answered, slowestMs } = JSON.parse(printed) as Record<string, number>;
  process.stdout.write(`  /livez answered ${answered} of ${asked}, the slowest in ${slowestMs} ms\n`);
  strictEqual(answered, asked, 'it is alive throughout');
  let after = before;
  await until('descriptors and memory are back (V8 keeps some of a heap that has grown)', 10, () => {
    after = held();
    return after.descriptors <= before.descriptors + 5 && after.memory <= before.memory + 64 * MEGABYTE;
  });
  const text = (use: typeof before) => `${use.descriptors} and ${(use.memory / MEGABYTE).toFixed(0)} MB`;
  process.stdout.write(`  descriptors and memory before: ${text(before)}, after: ${text(after)}\n`);
}

async function stopApi(): Promise<void> {
  const readyz = `${published(containers.api, 3000)}/readyz`;
  docker('kill', '--signal', 'TERM', containers.api);
  await until('a service that drains says so', 2, async () => (await statusOf(readyz)) === 503);
  await until('it ends', 15, () => inspect(containers.api, '.State.Running') === false);
  strictEqual(inspect(containers.api, '.State.ExitCode'), 0, 'exit code after SIGTERM');
  ok(docker('logs', containers.api).includes('"msg":"stopped"'), 'the log ends with a clean stop');
}

function cleanUp(): void {
  const quietly = (...args: string[]) => spawnSync('docker', args, { stdio: 'ignore' });
  quietly('rm', '--force', '--volumes', ...Object.values(containers));
  quietly('network', 'rm', name);
  quietly('image', 'rm', ...Object.values(images));
}

async function main(): Promise<void> {
  requireEngine();
  // Until the end is reached.
  process.exitCode = 1;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      cleanUp();
      process.exit(1);
    });
  try {
    await step('Building both images', build);
    await step('Sizes', checkSizes);
    await step('Contents', checkContents);
    await step('Description', checkDescription);
    await step('Starting PostgreSQL and the emulator', startDependencies);
    await step('Migrating, then starting the service', startApi);
    await step('Confinement', checkConfinement);
    await step('Calling the API with a token', callApi);
    await step('Metrics that alerts and dashboard name', checkMetricNames);
    await step('Health check of the image', () =>
      until(
        'the engine finds it healthy',
        30,
        () => inspect(containers.api, '.State.Health.Status') === 'healthy',
      ),
    );
    await step('Flooding it with requests whose answers are not read', flood);
    await step('Stopping it with SIGTERM', stopApi);
  } catch (error) {
    const logs = spawnSync('docker', ['logs', '--tail', '30', containers.api], { encoding: 'utf8' });
    if (logs.status === 0) process.stderr.write(`The service's log:\n${logs.stdout}${logs.stderr}`);
    throw error;
  } finally {
    cleanUp();
  }
  process.exitCode = 0;
  process.stdout.write('The container does what production asks of it.\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
