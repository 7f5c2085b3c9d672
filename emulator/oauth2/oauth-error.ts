/**
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and #section-4.1.2.1, and for revocation
 * https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1, as far as Cognito makes use of them.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope';

/** A request is refused. The code goes to the client; the message, which Cognito never tells, to the log. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
