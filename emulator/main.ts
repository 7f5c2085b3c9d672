import { pino } from 'pino';
import { createCognito } from './app';
import { redeployByParent } from './runner-channel';
import { seed } from './seed';
import { readCognitoSettings } from './settings';
import { openUserPools } from './store/store';

const logger = pino({ name: 'cognito' });

function fail(error: unknown): never {
  logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

try {
  const { host, port, stateFile, seeds } = readCognitoSettings(process.env);
  const pools = openUserPools(stateFile);
  seed(pools, seeds);
  const server = createCognito(pools, logger, redeployByParent()).listen(port, host, (error) => {
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
