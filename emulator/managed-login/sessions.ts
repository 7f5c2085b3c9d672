import type { Request, Response } from 'express';
import type { User, UserPool } from '../store/state';
import { Tickets } from '../store/expiring-store';
import type { UserPools } from '../store/store';
import { cookieOptions, readCookie } from './cookies';

/** A user who has signed in with this browser. */
export interface Session {
  readonly user: User;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

/** The name that Cognito gives it. */
const cookie = 'cognito';
/** As with Cognito; the cookie ends with the session. */
const lifetimeSeconds = 3600;

/** Who is signed in with which browser. */
export class Sessions {
  readonly #pools: UserPools;
  readonly #tickets: Tickets<{ poolId: string; username: string; authTime: number }>;

  constructor(pools: UserPools) {
    this.#pools = pools;
    this.#tickets = new Tickets(lifetimeSeconds, () => pools.now());
  }

  /** Begins one that nobody could know the name of before, in place of what the browser had. */
  begin(req: Request, res: Response, pool: UserPool, user: User): Session {
    this.end(req, res);
    const authTime = this.#pools.now();
    const name = this.#tickets.issue({ poolId: pool.id, username: user.username, authTime });
    res.cookie(cookie, name, { ...cookieOptions, maxAge: lifetimeSeconds * 1000 });
    return { user, authTime };
  }

  /** The browser's session with this pool, while its user may sign in. */
  find(req: Request, pool: UserPool): Session | undefined {
    const kept = this.#tickets.find(readCookie(req, cookie) ?? '');
    if (kept?.poolId !== pool.id) return undefined;
    const user = pool.users.find(({ username }) => username === kept.username);
    return user?.enabled ? { user, authTime: kept.authTime } : undefined;
  }

  end(req: Request, res: Response): void {
    this.#tickets.forget(readCookie(req, cookie) ?? '');
    res.clearCookie(cookie, cookieOptions);
  }
}
