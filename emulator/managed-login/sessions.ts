import type { Request, Response } from 'express';
import { ExpiringStore } from '../store/expiring-store';
import type { User, UserPool } from '../store/state';
import type { Store } from '../store/store';
import { findUser } from '../store/user';
import { cookieOptions, readCookie } from './cookies';

/** A user who has signed in with a browser. */
export interface Session {
  readonly user: User;
  /** When the user entered the password: seconds since the epoch. */
  readonly authTime: number;
}

/** Cognito's name for it. */
const cookie = 'cognito';
/** As with Cognito; the cookie expires with the session. */
const lifetimeSeconds = 3600;

/** The sessions of all browsers. */
export class Sessions {
  readonly #store: Store;
  readonly #sessions: ExpiringStore<{ poolId: string; username: string; authTime: number }>;

  constructor(store: Store) {
    this.#store = store;
    this.#sessions = new ExpiringStore(lifetimeSeconds, () => store.now());
  }

  /** Begins a session under a new key, and ends the browser's previous one. */
  begin(req: Request, res: Response, pool: UserPool, user: User): Session {
    this.end(req, res);
    const authTime = this.#store.now();
    const key = this.#sessions.add({ poolId: pool.id, username: user.username, authTime });
    res.cookie(cookie, key, { ...cookieOptions, maxAge: lifetimeSeconds * 1000 });
    return { user, authTime };
  }

  /** The browser's session with this pool, as long as its user is enabled. */
  find(req: Request, pool: UserPool): Session | undefined {
    const session = this.#sessions.get(readCookie(req, cookie) ?? '');
    if (session?.poolId !== pool.id) return undefined;
    const user = findUser(pool, session.username);
    return user?.enabled ? { user, authTime: session.authTime } : undefined;
  }

  end(req: Request, res: Response): void {
    this.#sessions.delete(readCookie(req, cookie) ?? '');
    res.clearCookie(cookie, cookieOptions);
  }
}
