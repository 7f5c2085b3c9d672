import { isUtf8 } from 'node:buffer';
import { InvalidTokenError } from './errors';

/** The parts of a token. Nobody has verified it yet. */
export interface UnverifiedJws {
  /** Still encoded: it is the same in all tokens of a key. */
  readonly header: string;
  readonly payload: JsonObject;
  /** What the signature is over, RFC 7515 §5.2. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JWS in compact serialization (RFC 7515 §7.1) whose payload is a JSON object, as that of a JWT is (RFC 7519 §7.2).
 *
 * Each part must be base64url without padding and without stray bits in its last character (RFC 7515 §2), so that a token
 * has one spelling only. Of members that stand twice in an object the last counts.
 *
 * @throws InvalidTokenError `malformed_token`
 */
export function parseJws(token: string): UnverifiedJws {
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  if (payloadEnd < 0 || token.includes('.', payloadEnd + 1)) throw malformed();
  const signature = decode(token.slice(payloadEnd + 1));
  if (signature.length === 0) throw malformed();
  return {
    header: token.slice(0, headerEnd),
    payload: decodeObject(token.slice(headerEnd + 1, payloadEnd)),
    signingInput: Buffer.from(token.slice(0, payloadEnd), 'latin1'),
    signature,
  };
}

/** The JSON object in one part of a token. */
export function decodeObject(part: string): JsonObject {
  const bytes = decode(part);
  if (!isUtf8(bytes)) throw malformed();
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw malformed();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value as JsonObject;
}

function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  // Node's decoder passes over what is not base64url.
  if (bytes.toString('base64url') !== part) throw malformed();
  return bytes;
}

function malformed(): InvalidTokenError {
  return new InvalidTokenError('malformed_token');
}
