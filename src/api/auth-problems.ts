import {
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  type InvalidTokenReason,
  invalidTokenDescriptions,
  KeysUnavailableError,
  MissingTokenError,
} from '../auth/errors';
import type { HttpError } from '../auth/http-error';
import { ClientsUnavailableError, RateLimitExceededError } from '../clients/errors';
import type { ProblemType } from '../http/problem';

type Guidance = Pick<ProblemType, 'advice' | 'retry'>;

/** The codes of a refused token that callers see. */
type TokenCode =
  | 'invalid_token'
  | {
      [Reason in InvalidTokenReason]: (typeof invalidTokenDescriptions)[Reason] extends string
        ? Reason
        : never;
    }[InvalidTokenReason];

/** What a caller does about a refused token. */
const guidanceOfTokens: Readonly<Record<TokenCode, Guidance>> = {
  invalid_token: {
    advice:
      'Get a new token from the token URL of this API, and send the request once more. If that is refused too, stop: the ' +
      'token is of another environment. What exactly is wrong is in the log, which the operator finds by `requestId`.',
    retry: 'new_token',
  },
  token_expired: {
    advice:
      'Get a new token, and send the request once more. Renew a token when three quarters of `expires_in` are over, so ' +
      'that none expires on its way.',
    retry: 'new_token',
  },
  token_not_yet_valid: {
    advice:
      'A clock is wrong by more than five seconds. Report it to the operator; a new token does not help.',
  },
  not_an_access_token: {
    advice: "Send `access_token` of the token endpoint's answer, not `id_token`.",
  },
  client_not_allowed: {
    advice: 'Stop, and ask the operator to allow your client. A new token does not help.',
  },
  client_disabled: {
    advice: 'Stop, and ask the operator why your client was disabled. A new token does not help.',
  },
  token_revoked: {
    advice: 'Get a new token, and send the request once more. All earlier tokens of your client are refused.',
    retry: 'new_token',
  },
  foreign_audience: {
    advice: 'The token was requested for another resource. Request one for this API.',
  },
  header_not_allowed: {
    advice: 'Send a token as the token endpoint made it.',
  },
  malformed_claims: {
    advice: 'Report it to the operator: the user pool makes tokens that lack what this API needs.',
  },
};

/** The problems of a request that is not authenticated, not admitted or not authorized. */
export const authProblems = {
  invalidRequest: refusal(new InvalidRequestError(), {
    advice:
      'Send one `Authorization` header: the word `Bearer`, a space, and the token on one line and without quotes.',
  }),
  missingToken: refusal(new MissingTokenError(), {
    advice: 'Get a token from the token URL, and send it in the `Authorization` header of every request.',
  }),
  /** One for each public code: several reasons share one. */
  invalidTokens: invalidTokens(),
  insufficientScope: refusal(new InsufficientScopeError([]), {
    advice:
      'Request a token that has the scope; if the token endpoint refuses that, ask the operator to give it to your ' +
      'client. The same token is refused again.',
  }),
  clientsUnavailable: refusal(new ClientsUnavailableError(), {
    advice:
      'Neither your token nor your client is at fault: keep the token. Wait as many seconds as `Retry-After` says and ' +
      'send the request again.',
  }),
  rateLimitExceeded: refusal(new RateLimitExceededError(['second'], 1), {
    advice:
      'Wait as many seconds as `Retry-After` says and send the request again. `RateLimit` shows how many requests are left; ' +
      'spread yours, and ask the operator if you need more.',
    retry: 'after_delay',
  }),
  keysUnavailable: refusal(new KeysUnavailableError(1), {
    advice:
      'Your token is not at fault: keep it. Wait as many seconds as `Retry-After` says and send the request again.',
  }),
};

function refusal({ status, code, message, type, members }: HttpError, guidance: Guidance): ProblemType {
  return { status, code, detail: message, type, members, ...guidance };
}

function invalidTokens(): readonly ProblemType[] {
  const byCode = new Map<string, ProblemType>();
  for (const reason of Object.keys(invalidTokenDescriptions)) {
    const error = new InvalidTokenError(reason as InvalidTokenReason);
    byCode.set(error.code, refusal(error, guidanceOfTokens[error.code as TokenCode]));
  }
  return [...byCode.values()];
}
