import type { JwksClient } from '../auth/jwks-client';
import type { ClientRegistry } from '../clients/client-registry';
import type { DatabaseMonitor } from '../database/monitor';
import type { Check, Checks } from './health';

/** The parts of the service that readiness depends on. */
export interface CheckedParts {
  readonly jwksClient: Pick<JwksClient, 'status'>;
  readonly registry: Pick<ClientRegistry, 'status'>;
  readonly monitor: Pick<DatabaseMonitor, 'state'>;
  readonly isDraining: () => boolean;
}

const ok: Check = { status: 'ok' };
const failed = (reason: string): Check => ({ status: 'failed', reason });
const degraded = (reason: string): Check => ({ status: 'degraded', reason });

/**
 * What readiness depends on. Keys that are old but usable, a database that was lost after the start, and a client registry
 * that cannot be read any more are degraded only: every task would fail alike, and restarting them all would not help.
 */
export function createChecks({ jwksClient, registry, monitor, isDraining }: CheckedParts): Checks {
  return {
    keys: () => {
      const { state, ageSeconds } = jwksClient.status();
      if (state === 'unavailable') return failed(ageSeconds === undefined ? 'never_fetched' : 'too_stale');
      return state === 'stale' ? degraded('stale') : ok;
    },
    clients: () => {
      const { state } = registry.status();
      if (state === 'never_read') return failed(state);
      return state === 'current' ? ok : degraded(state);
    },
    database: () => {
      if (monitor.state === 'unreached') return failed('unreached');
      return monitor.state === 'lost' ? degraded('lost') : ok;
    },
    schema: () => {
      if (monitor.state === 'unreached') return failed('unknown');
      return monitor.state === 'schema_behind' ? failed('behind') : ok;
    },
    process: () => (isDraining() ? failed('draining') : ok),
  };
}
