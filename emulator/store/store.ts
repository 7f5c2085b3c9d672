import { isIP } from 'node:net';
import type { Client, State, UserPool } from './state';
import { loadState, saveState } from './state-file';

/** Everything the emulator keeps: user pools, parameters and secrets. */
export interface Store {
  /** The current state, read-only. `change` replaces it, so read it again after each change. */
  readonly state: State;
  /** Seconds by which the clock that tokens are issued by is wrong; set by the control API. */
  clockSkewSeconds: number;
  /** Whole seconds since the epoch, by that clock. */
  now(): number;
  findUserPool(id: string): UserPool | undefined;
  /** The pool whose domain prefix is the first label of the Host, as in `my-domain.localhost:4000`. */
  findUserPoolAtHost(host: string | undefined): UserPool | undefined;
  /**
   * An app client for the OAuth endpoints, which only a pool with a domain has. Client ids are unique over all
   * pools; a host that names a domain restricts the search to its pool.
   */
  findClient(clientId: string, host?: string): { pool: UserPool; client: Client } | undefined;
  /**
   * Changes the state. It is on disk before it is visible.
   *
   * @param mutate Gets a copy to change. When it throws, or the disk is full, nothing has changed.
   * @returns What `mutate` returned.
   */
  change<T>(mutate: (state: State) => T): T;
}

/**
 * Opens the store over a state file. Without a file it is empty, and the first change creates the file.
 *
 * @throws Error when the file is damaged, or has a format that is no longer supported.
 */
export function openStore(stateFile: string): Store {
  let state: State = loadState(stateFile) ?? { userPools: [], parameters: [], secrets: [] };

  return {
    get state() {
      return state;
    },
    clockSkewSeconds: 0,
    now() {
      return Math.floor(Date.now() / 1000) + this.clockSkewSeconds;
    },
    findUserPool: (id) => state.userPools.find((pool) => pool.id === id),
    findUserPoolAtHost(host) {
      const prefix = domainPrefix(host);
      return state.userPools.find(({ domain }) => domain !== undefined && domain === prefix);
    },
    findClient(clientId, host) {
      const named = this.findUserPoolAtHost(host);
      for (const pool of named ? [named] : state.userPools.filter(({ domain }) => domain !== undefined)) {
        const client = pool.clients.find((client) => client.clientId === clientId);
        if (client) return { pool, client };
      }
      return undefined;
    },
    change(mutate) {
      const changed = structuredClone(state);
      const result = mutate(changed);
      saveState(stateFile, changed);
      state = changed;
      return result;
    },
  };
}

/** The first label of a Host that has several, without its port. */
function domainPrefix(host = ''): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return isIP(name) === 0 && name.includes('.') ? name.split('.')[0] : undefined;
}
