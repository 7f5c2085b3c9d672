// The first import: signals are caught from here on.
import { onStopSignal } from './on-stop-signal';
import type { Logger } from 'pino';
import { type Config, ConfigError, readConfig, readMigrationConfig } from './config/config';
import { migrate } from './database/migrate';
import { findMigrations } from './database/migrations';
import { loadContent } from './docs/content';
import { migrationFolders } from './migration-folders';
import { loadTracing } from './observability/load-tracing';
import { createLogger } from './observability/log';
import { LineOutput } from './observability/line-output';
import type { Step } from './observability/tracing';
import { resources } from './resources/resources';
import { startService } from './server';

/** The state of the process is not known any more: what is under way may end, and that soon. */
const AFTER_A_FAULT: Config['shutdown'] = { delaySeconds: 0, graceSeconds: 3 };

/** `node main.js`: the service, until a signal. */
async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const { log, output } = openLog(config.logLevel);
  const starting = startService(config, log, { resources, content: loadContent(), output });

  let stopping = false;
  let signals = 0;
  let faults = 0;
  const stop = async (times?: Config['shutdown']) => {
    if (stopping) return;
    stopping = true;
    const service = await starting;
    const hung = await service.stop(times);
    if (hung.length > 0) log.error({ hung }, 'stopped, though not all parts closed in time');
    else log.info('stopped');
    process.exit(hung.length > 0 || faults > 0 ? 1 : 0);
  };
  // Before anything is awaited, so that an early signal finds them.
  onStopSignal((signal) => {
    if (++signals > 1) process.exit(1);
    log.info({ signal }, 'stopping');
    void stop();
  });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      faults += 1;
      log.fatal({ err: error }, event);
      void stop(AFTER_A_FAULT);
    });

  await starting.catch((error: unknown) => {
    throw portProblem(error, config) ?? error;
  });
}

/** `node main.js migrate`: pending migrations, then the end. */
async function migrateOnly(): Promise<void> {
  const config = readMigrationConfig(process.env);
  const { log, output } = openLog('info');
  const tracing = loadTracing(config.tracing, log);
  try {
    const trace = (step: Step) => tracing?.add(step);
    const applied = await migrate(config.database, findMigrations(migrationFolders(resources)), {
      log,
      trace,
    });
    if (applied.length === 0) output.write('The database is up to date.\n');
  } finally {
    await tracing?.stop();
  }
}

/** The log on standard output, whose last lines are written whatever ends the process. */
function openLog(level: string): { readonly log: Logger; readonly output: LineOutput } {
  const output = new LineOutput(1, (dropped) => log.error({ dropped }, 'log lines dropped'));
  const log = createLogger(level, output);
  process.on('exit', () => output.finish());
  return { log, output };
}

/** Which variable to change where a port is taken. */
function portProblem(error: unknown, { port, metricsPort }: Config): ConfigError | undefined {
  const { code, port: taken } = error as { code?: string; port?: number };
  if (code !== 'EADDRINUSE') return undefined;
  return new ConfigError([
    taken === port ? `PORT: ${port} is in use` : `METRICS_PORT: ${metricsPort} is in use`,
  ]);
}

const commands: Readonly<Record<string, () => Promise<void>>> = { serve, migrate: migrateOnly };
const [name = 'serve', ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) && rest.length === 0 ? commands[name] : undefined;

if (!command) {
  process.stderr.write('usage: main.js [migrate]\n');
  process.exit(2);
}
command().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String((error as Error).stack)}\n`);
  process.exit(1);
});
