import { createHash } from 'node:crypto';

/** Whether it can be a challenge of the method S256: https://www.rfc-editor.org/rfc/rfc7636#section-4.2 */
export function isCodeChallenge(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/**
 * Whether the verifier matches the challenge (https://www.rfc-editor.org/rfc/rfc7636#section-4.6). The only method is
 * S256, as with Cognito. Without a challenge there must be no verifier: otherwise an attacker could strip the challenge
 * from a request unnoticed (https://www.rfc-editor.org/rfc/rfc9700#section-4.8.2).
 */
export function verifyChallenge(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  return (
    /^[\w.~-]{43,128}$/.test(verifier) &&
    createHash('sha256').update(verifier).digest('base64url') === challenge
  );
}
