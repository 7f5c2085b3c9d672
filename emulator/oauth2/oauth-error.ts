/**
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and #section-4.1.2.1, for revocation
 * https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1, and for sign-in
 * https://openid.net/specs/openid-connect-core-1_0.html#AuthError, as far as Cognito uses them.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'login_required';

/** A refused request. The client gets the code; the log gets the message, which Cognito does not reveal but for one case. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;

  /** The `error_description` for the client. */
  readonly description: string | undefined;

  constructor(code: OAuthErrorCode, message: string, description?: string) {
    super(message);
    this.code = code;
    this.description = description;
  }
}
