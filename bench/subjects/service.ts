import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as configuration from '../../src/config/config';
import type * as content from '../../src/docs/content';
import type * as lineOutput from '../../src/observability/line-output';
import type * as logger from '../../src/observability/log';
import type * as server from '../../src/server';
import type * as fixture from '../../test/support/things/resource';
import type { ThingStore } from '../../test/support/things/store';
import { memoryThings } from './things';

/** The compiled service. */
const load = createRequire(join(process.env['SERVICE_DIRECTORY'] ?? '', 'main.js'));
const { readConfig } = load('./config/config') as typeof configuration;
const { loadContent } = load('./docs/content') as typeof content;
const { LineOutput } = load('./observability/line-output') as typeof lineOutput;
const { createLogger } = load('./observability/log') as typeof logger;
const { startService } = load('./server') as typeof server;
const { things } = load('../test/support/things/resource') as typeof fixture;

const unused = () => Promise.reject(new Error('no scenario needs this'));
const store: ThingStore = {
  list: ({ limit }) => memoryThings.list(limit),
  create: async (thing) => ({ item: await memoryThings.create(thing), version: 1 }),
  find: unused,
  update: unused,
  delete: unused,
};

// As in production, but for where the things are kept.
const output = new LineOutput(1, () => undefined);
const config = readConfig(process.env);
void startService(config, createLogger(config.logLevel, output), {
  resources: [{ ...things, store: () => store }],
  content: loadContent(),
  output,
});
