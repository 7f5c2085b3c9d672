import { pino } from 'pino';
import { createEmulator } from './app';
import { scopeCatalogue } from './scope-catalogue';
import { seed, seedScopes } from './seed';
import { readEmulatorSettings } from './settings';
import { openStore } from './store/store';

const logger = pino({ name: 'cognito' });

function fail(error: unknown): never {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

try {
  const { host, port, stateFile, seeds } = readEmulatorSettings(process.env);
  const store = openStore(stateFile);
  seed(store, seeds, scopeCatalogue);
  const emulator = createEmulator(store, logger, {
    applyCatalogue: (catalogue) => seedScopes(store, seeds, catalogue),
  });
  const server = emulator.listen(port, host, (error) => {
    if (error) fail(error);
    logger.info({ host, port }, 'listening');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
} catch (error) {
  fail(error);
}
