import { isIP } from 'node:net';
import { type Client, loadState, saveState, type State, type UserPool } from './state';

/** All user pools of the stand-in, and what else it keeps. */
export interface UserPools {
  /** As it is now, to read only. What `change` makes takes its place, so it is looked at anew after each change. */
  readonly state: State;
  /** How far the clock is wrong by which tokens are issued; a fault on demand. */
  skewSeconds: number;
  /** Whole seconds since the epoch, by that clock. */
  now(): number;
  find(id: string): UserPool | undefined;
  /** The pool whose domain prefix is the first label of the Host, as in `my-domain.localhost:4000`. */
  atHost(host: string | undefined): UserPool | undefined;
  /**
   * The app client for the OAuth endpoints, which only a pool with a domain has. Client ids are unique over all
   * pools; at a host that names a domain only the clients of its pool are known.
   */
  findClient(clientId: string, host?: string): { pool: UserPool; client: Client } | undefined;
  /**
   * Changes the state and keeps it on disk before anybody sees it.
   *
   * @param mutate Gets a copy to change. When it throws, or the disk is full, nothing has changed.
   * @returns What `mutate` returned.
   */
  change<T>(mutate: (state: State) => T): T;
}

/**
 * Opens the state in the file, or an empty one that is kept there from the first change on.
 *
 * @throws Error when the state is damaged, or of an older form.
 */
export function openUserPools(stateFile: string): UserPools {
  let state: State = loadState(stateFile) ?? { userPools: [], parameters: [], secrets: [] };

  return {
    get state() {
      return state;
    },
    skewSeconds: 0,
    now() {
      return Math.floor(Date.now() / 1000) + this.skewSeconds;
    },
    find: (id) => state.userPools.find((pool) => pool.id === id),
    atHost(host) {
      const prefix = domainPrefix(host);
      return state.userPools.find(({ domain }) => domain !== undefined && domain === prefix);
    },
    findClient(clientId, host) {
      const named = this.atHost(host);
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

/** The first label of a Host that has more of them, without its port. */
function domainPrefix(host = ''): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return isIP(name) === 0 && name.includes('.') ? name.split('.')[0] : undefined;
}
