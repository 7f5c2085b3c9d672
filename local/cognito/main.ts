import { pino } from 'pino';
import { createCognito } from './app';
import { readCognitoSettings } from './settings';
import { openUserPool } from './user-pool';

const logger = pino({ name: 'cognito' });

function fail(error: unknown): never {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

try {
  const { host, port, pool } = readCognitoSettings(process.env);
  const server = createCognito(openUserPool(pool), logger).listen(port, host, (error) => {
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
