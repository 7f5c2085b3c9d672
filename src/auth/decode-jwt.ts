import { isUtf8 } from 'node:buffer';
import { JwtParseError } from 'aws-jwt-verify/error';
import { type DecomposedJwt, decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { InvalidTokenError } from './errors';

/** The parts of a token that is not verified yet. */
export interface UnverifiedJwt extends Pick<DecomposedJwt, 'header' | 'payload'> {
  /** What the signature is over, RFC 7515 §5.2. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

/**
 * Decodes a JWT in compact serialization (RFC 7515 §7.1, RFC 7519 §7.2); it does not verify it.
 *
 * aws-jwt-verify decodes it, and requires JSON objects whose registered members have the right types. It accepts padding,
 * stray bits in the last character of a part, and bytes that are not UTF-8; none of these is accepted here, so that a token
 * has one spelling only (RFC 7515 §2). If an object has a member twice, the last one counts.
 *
 * @throws InvalidTokenError `malformed_token`
 */
export function decodeJwt(token: string): UnverifiedJwt {
  const { header, headerB64, payload, payloadB64, signatureB64 } = decompose(token);
  if (!isUtf8(decodeCanonical(headerB64)) || !isUtf8(decodeCanonical(payloadB64)))
    throw new InvalidTokenError('malformed_token');
  return {
    header,
    payload,
    signingInput: Buffer.from(token.slice(0, headerB64.length + 1 + payloadB64.length), 'latin1'),
    signature: decodeCanonical(signatureB64),
  };
}

function decompose(token: string): DecomposedJwt {
  try {
    return decomposeUnverifiedJwt(token);
  } catch (error) {
    // Its messages may say what was expected.
    throw error instanceof JwtParseError ? new InvalidTokenError('malformed_token') : error;
  }
}

function decodeCanonical(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  // The decoder ignores padding and stray bits.
  if (bytes.toString('base64url') !== part) throw new InvalidTokenError('malformed_token');
  return bytes;
}
