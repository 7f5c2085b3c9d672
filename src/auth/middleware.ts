import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AuthObserver } from './auth-observer';
import { bearerToken } from './bearer-token';
import type { Caller } from './caller';
import { AuthError, InsufficientScopeError } from './errors';
import type { ErrorDetails } from './http-error';
import { qualifyScope } from './scopes';
import type { TokenVerifier } from './token-verifier';
import { wwwAuthenticate } from './www-authenticate';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended this way
  namespace Express {
    interface Request {
      /** Set by `authenticate()`. */
      caller?: Caller;
      /** `client_id` of a valid token, also where that client is refused: for the log and the metrics. */
      clientId?: string;
      /** Why the request was refused: a stable code for the log and the metrics. */
      failureReason?: string;
      /** What the log shows beside the reason. */
      failureDetails?: ErrorDetails | undefined;
    }
  }
}

/** What {@link createAuth} needs. `Name` is the union of the catalogue's scope names. */
export interface AuthOptions<Name extends string> {
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  /**
   * Whether the client of a valid token may call: throws an {@link HttpError} if not. Called on every request, so a decision
   * is never remembered; must answer from memory. What it learns of the client it can keep with the request, and say in
   * headers of the answer.
   */
  readonly admit: (caller: Caller, req: Request, res: Response) => void;
  /** The resource server's identifier: the prefix of every scope, and the realm of challenges. */
  readonly identifier: string;
  /** The scope catalogue, by name. */
  readonly scopes: Readonly<Record<Name, unknown>>;
  /** URL of the protected-resource metadata (RFC 9728). */
  readonly resourceMetadataUrl: string;
  /** Who follows how a request is judged, if anyone. */
  readonly observerOf?: (req: Request) => AuthObserver;
}

/** The two middlewares of a protected route. */
export interface Auth<Name extends string> {
  /**
   * Requires a valid access token of an admitted client, and sets `req.caller`. It checks no scope: a route that is only
   * authenticated is open to every admitted client.
   */
  authenticate(): RequestHandler;
  /**
   * Requires all of these scopes. Comes after `authenticate()`.
   *
   * @param names scopes of the catalogue, unqualified
   * @throws TypeError when called without a scope, or with one that the catalogue lacks
   */
  requireScopes(...names: readonly [Name, ...Name[]]): RequestHandler;
}

/**
 * The middlewares of one API.
 *
 * A refused request goes to the error handler as an {@link AuthError} with its status, `WWW-Authenticate` (RFC 6750 §3) or
 * `Retry-After`. Express's own handler answers it properly too, though not as problem+json.
 *
 * @throws TypeError if an option cannot be part of a challenge as it is
 */
export function createAuth<Name extends string>(options: AuthOptions<Name>): Auth<Name> {
  const { verifier, admit, identifier, scopes, resourceMetadataUrl, observerOf } = options;
  if (![identifier, resourceMetadataUrl].every(isQuotable))
    throw new TypeError('identifier and metadata URL must be ASCII without spaces, quotes and backslashes');
  if (!Object.keys(scopes).every((name) => isQuotable(name) && !name.includes('/')))
    throw new TypeError('a scope must be ASCII without spaces, quotes, backslashes and slashes');
  const challengeOptions = { realm: identifier, resourceMetadataUrl };

  function refuse(error: unknown, req: Request, next: NextFunction): void {
    if (error instanceof AuthError) {
      req.failureReason = error.reason;
      req.failureDetails = error.details;
      // A challenge asks for other credentials, which do not help with 503.
      if (error.status !== 503) error.headers['WWW-Authenticate'] = wwwAuthenticate(error, challengeOptions);
    }
    next(error);
  }

  return {
    authenticate: () => (req, res, next) => {
      const accept = (caller: Caller): void => {
        try {
          req.clientId = caller.clientId;
          admit(caller, req, res);
          req.caller = caller;
        } catch (error) {
          return refuse(error, req, next);
        }
        next();
      };
      let caller: Caller | Promise<Caller>;
      try {
        caller = verifier.verify(bearerToken(req.rawHeaders), observerOf?.(req));
      } catch (error) {
        return refuse(error, req, next);
      }
      // A promise only where the key of its token has to be fetched.
      if (!(caller instanceof Promise)) return accept(caller);
      void caller.then(accept, (error: unknown) => refuse(error, req, next));
    },

    requireScopes: (...names) => {
      if (names.length === 0) throw new TypeError('requireScopes() needs at least one scope');
      const unknown = names.filter((name) => !Object.hasOwn(scopes, name));
      if (unknown.length > 0) throw new TypeError(`not in the scope catalogue: ${unknown.join(', ')}`);
      const required = names.map((name) => qualifyScope(identifier, name));
      return (req, _res, next) => {
        const { caller } = req;
        if (!caller) return next(new Error('requireScopes() comes before authenticate()'));
        observerOf?.(req).explain?.('scopes compared', { required, held: [...caller.scopes] });
        if (required.every((scope) => caller.scopes.has(scope))) return next();
        refuse(new InsufficientScopeError(required), req, next);
      };
    },
  };
}

/** Whether a text is a scope-token of RFC 6749 §3.3, which is also what a quoted string can hold unescaped. */
function isQuotable(text: string): boolean {
  return /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(text);
}
