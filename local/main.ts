import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { readSeeded } from '../emulator/seed';
import { readEmulatorSettings } from '../emulator/settings';
import { type Child, startChild } from './child';
import { describeClient, writeClientFile } from './client-file';
import { fetchDescription, firstPath } from './first-call';
import { lockDirectory } from './lock';
import { choosePorts } from './ports';
import { startPostgres } from './postgres';
import { stopStaleServer } from './postgres/stale-server';
import { waitUntilReady } from './wait-until-ready';

const watch = process.argv.includes('--watch');
const directory = resolve(process.env['LOCAL_DIRECTORY'] ?? join(__dirname, '..', '.local'));

/** Variables of the service that a local run takes from the shell. */
const PASSED_ON = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG'];

/** What has been started, in the order in which it is stopped: the API, the emulator, PostgreSQL. */
const running: Pick<Child, 'stop' | 'kill'>[] = [];

/**
 * Starts everything, and resolves when the API is ready.
 *
 * @returns A text for people that describes how to use it, and the ends of programs that must keep running.
 */
async function start(ending: AbortSignal): Promise<{ description: string; vital: Promise<string>[] }> {
  await lockDirectory(directory);
  // Before the ports are checked, since it occupies one of them.
  await stopStaleServer(join(directory, 'postgres'));
  const ports = await choosePorts(process.env);
  const apiUrl = `http://127.0.0.1:${ports.PORT}`;
  const cognitoUrl = `http://127.0.0.1:${ports.LOCAL_COGNITO_PORT}`;
  const emulatorEnv = {
    LOCAL_COGNITO_PORT: String(ports.LOCAL_COGNITO_PORT),
    LOCAL_COGNITO_DIRECTORY: join(directory, 'cognito'),
    PUBLIC_URL: apiUrl,
  };
  const { stateFile, seeds } = readEmulatorSettings(emulatorEnv);
  const { poolId, identifier, tokenUrl } = seeds;
  const jwksUrl = `${cognitoUrl}/${poolId}/.well-known/jwks.json`;

  say('Starting PostgreSQL and the Cognito emulator …');
  const starting = startPostgres({
    directory: join(directory, 'postgres'),
    port: ports.LOCAL_POSTGRES_PORT,
    durable: true,
    signal: ending,
  });
  const emulator = startChild({ name: 'The emulator', script: 'emulator/main.ts', env: emulatorEnv });
  running.unshift(emulator);
  const postgres = await starting;
  running.push(postgres);
  await waitUntilReady(jwksUrl, ending, [emulator.exited, postgres.exited], 60);
  if (watch) {
    // The emulator keeps running on a change, since a restart would end the sessions of signed-in users.
    const options = { script: 'emulator/publish-scopes.ts', env: emulatorEnv, watch, quiet: true };
    running.unshift(startChild({ name: 'The publisher of scopes', ...options }));
  }
  void emulator.exited.then((how) => {
    if (!ending.aborted) say(`${how} The API keeps running, but no client can get a new token.`);
  });

  say(`Starting the API${watch ? ', and again on each change' : ''} …`);
  const { machineClient, operatorClient, webClient, user } = readSeeded(stateFile, seeds);
  const api = startChild({
    name: 'The API',
    script: 'src/main.ts',
    watch,
    env: {
      COGNITO_USER_POOL_ID: poolId,
      RESOURCE_SERVER_IDENTIFIER: identifier,
      HOST: '127.0.0.1',
      PORT: String(ports.PORT),
      METRICS_PORT: String(ports.METRICS_PORT),
      PUBLIC_URL: apiUrl,
      COGNITO_CLIENT_IDS: [machineClient, operatorClient, webClient].map(({ clientId }) => clientId).join(),
      COGNITO_JWKS_URI: jwksUrl,
      COGNITO_TOKEN_URL: tokenUrl,
      DATABASE_URL: postgres.url,
      MIGRATE_ON_START: 'true',
      SHUTDOWN_DELAY_SECONDS: '0',
      TRUST_PROXY_HOPS: '0',
      ...passedOn(),
    },
  });
  running.unshift(api);
  // Without a limit under --watch: fixing what prevents the start takes as long as it takes.
  const limit = watch ? undefined : 60;
  await waitUntilReady(`${apiUrl}/readyz`, ending, [api.exited, postgres.exited], limit);

  const client = { apiUrl, tokenUrl, ...machineClient };
  writeClientFile(join(directory, 'client.json'), client);
  const operatorFile = join(directory, 'operator.json');
  writeClientFile(operatorFile, { apiUrl, tokenUrl, ...operatorClient });
  const query = new URLSearchParams({
    client_id: webClient.clientId,
    response_type: 'token',
    scope: webClient.allowedOAuthScopes.join(' '),
    redirect_uri: webClient.callbackUrls[0] ?? '',
  });
  const signIn = { url: `${cognitoUrl}/oauth2/authorize?${query.toString()}`, ...user };
  const path = firstPath(await fetchDescription(apiUrl), client.scopes);
  return {
    description: describeClient(client, signIn, operatorFile, path),
    vital: [api.exited, postgres.exited],
  };
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

async function stop(): Promise<void> {
  while (running[0]) {
    await running[0].stop();
    running.shift();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(1);
      say('Stopping …');
      ending.abort();
    });
  }
  // For every kind of end; after an orderly stop there is nothing left to kill.
  process.on('exit', () => running.forEach(({ kill }) => kill()));
  // The terminal may be gone, which must not prevent the rest from being stopped.
  process.stdout.on('error', () => undefined);

  const interrupted = once(ending.signal, 'abort');
  try {
    const { description, vital } = await start(ending.signal);
    say(description);
    const how = await Promise.race([...vital, interrupted]);
    if (typeof how === 'string') throw new Error(how);
  } catch (error) {
    if (!ending.signal.aborted) {
      say(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  } finally {
    ending.abort();
    await stop();
  }
}

void main();
