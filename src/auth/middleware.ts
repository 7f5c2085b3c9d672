import type { NextFunction, Request, RequestHandler } from 'express';
import { bearerToken } from './bearer-token';
import type { Caller } from './caller';
import { AuthError, InsufficientScopeError } from './errors';
import { qualifyScope } from './scopes';
import type { TokenVerifier } from './token-verifier';
import { wwwAuthenticate } from './www-authenticate';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended this way
  namespace Express {
    interface Request {
      /** Set by `authenticate()`. */
      caller?: Caller;
      /** The reason code of a refusal, for the log and the metrics. */
      failureReason?: string;
    }
  }
}

/** What {@link createAuth} needs. `Name` is the union of the catalogue's scope names. */
export interface AuthOptions<Name extends string> {
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  /** The resource server's identifier: it stands before every scope, and is the realm of challenges. */
  readonly identifier: string;
  /** The scope catalogue: name ▶ description. */
  readonly scopes: Readonly<Record<Name, string>>;
  /** URL of the protected-resource metadata (RFC 9728). */
  readonly resourceMetadataUrl: string;
}

/** The two middlewares of a protected route. */
export interface Auth<Name extends string> {
  /**
   * Lets a request on with a valid access token and sets `req.caller`. Says nothing of scopes: a route that is only
   * authenticated is open to every allowed client.
   */
  authenticate(): RequestHandler;
  /**
   * Lets a request on whose token holds all of these scopes. Stands behind `authenticate()`.
   *
   * @param names scopes of the catalogue, unqualified
   * @throws TypeError at once if there is no scope, or one that the catalogue lacks
   */
  requireScopes(...names: readonly [Name, ...Name[]]): RequestHandler;
}

/**
 * The middlewares of one API.
 *
 * A refusal sets the status, `WWW-Authenticate` (RFC 6750 §3) and `Retry-After`, and goes to the error handler as an
 * {@link AuthError}; Express's own handler answers it properly too, though not as problem+json.
 *
 * @throws TypeError if a text could not stand in a challenge as it is
 */
export function createAuth<Name extends string>(options: AuthOptions<Name>): Auth<Name> {
  const { verifier, identifier, scopes, resourceMetadataUrl } = options;
  if (![identifier, resourceMetadataUrl].every(isQuotable))
    throw new TypeError('identifier and metadata URL must be ASCII without spaces, quotes and backslashes');
  if (!Object.keys(scopes).every((name) => isQuotable(name) && !name.includes('/')))
    throw new TypeError('a scope must be ASCII without spaces, quotes, backslashes and slashes');
  const challengeOptions = { realm: identifier, resourceMetadataUrl };

  function refuse(error: unknown, req: Request, next: NextFunction): void {
    if (error instanceof AuthError) {
      req.failureReason = error.reason;
      // A challenge asks for other credentials, which do not help with 503.
      if (error.status !== 503) error.headers['WWW-Authenticate'] = wwwAuthenticate(error, challengeOptions);
    }
    next(error);
  }

  return {
    authenticate: () => (req, _res, next) => {
      const admit = (caller: Caller): void => {
        req.caller = caller;
        next();
      };
      let caller: Caller | Promise<Caller>;
      try {
        caller = verifier.verify(bearerToken(req.rawHeaders));
      } catch (error) {
        return refuse(error, req, next);
      }
      if (!(caller instanceof Promise)) return admit(caller);
      void caller.then(admit, (error: unknown) => refuse(error, req, next));
    },

    requireScopes: (...names) => {
      if (names.length === 0) throw new TypeError('requireScopes() needs at least one scope');
      const unknown = names.filter((name) => !Object.hasOwn(scopes, name));
      if (unknown.length > 0) throw new TypeError(`not in the scope catalogue: ${unknown.join(', ')}`);
      const required = names.map((name) => qualifyScope(identifier, name));
      return (req, _res, next) => {
        const { caller } = req;
        if (!caller) return next(new Error('requireScopes() stands before authenticate()'));
        if (required.every((scope) => caller.scopes.has(scope))) return next();
        refuse(new InsufficientScopeError(required), req, next);
      };
    },
  };
}

/** A scope-token of RFC 6749 §3.3, which is also what a quoted string may hold unescaped. */
function isQuotable(text: string): boolean {
  return /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(text);
}
