import { createHash } from 'node:crypto';

/** What the S256 method makes of a verifier: https://www.rfc-editor.org/rfc/rfc7636#section-4.2 */
export function isCodeChallenge(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/**
 * Does the verifier belong to the challenge (https://www.rfc-editor.org/rfc/rfc7636#section-4.6)? The only method is
 * S256, as with Cognito. Without a challenge there must be no verifier either: else someone could take the challenge
 * out of a request unnoticed (https://www.rfc-editor.org/rfc/rfc9700#section-4.8.2).
 */
export function isProven(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  return (
    /^[\w.~-]{43,128}$/.test(verifier) &&
    createHash('sha256').update(verifier).digest('base64url') === challenge
  );
}
