import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { LIVEZ, READYZ } from './health';
import type * as OpenTelemetry from './open-telemetry';
import { version } from './service-metrics';
import type { Tracing } from './tracing';

/**
 * Starts tracing where it is configured. Loads the SDK, which a process without traces does not even read from the disk.
 *
 * @returns `undefined` where no request is traced
 */
export function loadTracing(config: Config['tracing'], log: Logger): Tracing | undefined {
  if (!config) return undefined;
  // `import()` would need an ES module, or the name of a compiled file.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { createTracing } = require('./open-telemetry') as typeof OpenTelemetry;
  return createTracing({ config, version, quiet: [LIVEZ, READYZ], log });
}
