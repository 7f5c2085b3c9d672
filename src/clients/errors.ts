import { AuthError } from '../auth/errors';

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
