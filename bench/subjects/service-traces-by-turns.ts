import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as openTelemetry from '../../src/observability/open-telemetry';
import { part } from './turns';

const load = createRequire(join(process.env['SERVICE_DIRECTORY'] ?? '', 'main.js'));
const exported = load('./observability/open-telemetry') as {
  -readonly [K in keyof typeof openTelemetry]: (typeof openTelemetry)[K];
};
const { createTracing } = exported;

exported.createTracing = (options) => {
  const tracing = createTracing(options);
  return {
    ...tracing,
    begin(req, startedAt) {
      part.requests += 1;
      return part.isOn ? tracing.begin(req, startedAt) : undefined;
    },
  };
};

createRequire(__filename)('./service');
