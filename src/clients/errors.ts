import { AuthError } from '../auth/errors';
import { HttpError } from '../auth/http-error';
import type { PolicyName } from './client-limiter';

const RETRY_AFTER_SECONDS = 2;

/** Which clients may call is not known now; the client of the token may well be one of them. */
export class ClientsUnavailableError extends AuthError {
  override readonly name = 'ClientsUnavailableError';
  readonly status = 503;
  readonly reason = 'clients_unavailable';
  readonly code = 'clients_unavailable';
  readonly bearerError = undefined;

  constructor() {
    super('Whether the client may call cannot be determined at the moment', {
      'Retry-After': String(RETRY_AFTER_SECONDS),
    });
  }
}

/** A request beyond the limits of its client (draft-ietf-httpapi-ratelimit-headers-11 §5.1). */
export class RateLimitExceededError extends HttpError {
  override readonly name = 'RateLimitExceededError';
  readonly status = 429;
  readonly code = 'rate_limit_exceeded';
  override readonly type = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

  constructor(policies: readonly PolicyName[], retryAfterSeconds: number) {
    super('The client has sent more requests than its limits allow', {
      'Retry-After': String(retryAfterSeconds),
    });
    this.members = { 'violated-policies': policies };
  }
}
