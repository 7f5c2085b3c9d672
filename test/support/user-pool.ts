import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { createSigningKey } from '../../emulator/store/signing-key';

/** A key pair that can sign tokens, and its public half as a pool publishes it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: Record<string, unknown>;
}

/** Claims and header parameters of a token; `undefined` removes one. */
export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
}

let made = 0;

/** A new RSA key with a unique `kid`. */
export function signingKey({ kid = `key-${++made}`, bits = 2048, alg = 'RS256' } = {}): SigningKey {
  const privateKey = createSigningKey(bits);
  return {
    kid,
    privateKey,
    jwk: { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

/** A user pool that signs tokens as Cognito does: real keys, real signatures, Cognito's claims. */
export class UserPool {
  readonly id: string;
  readonly issuer: string;
  readonly key: SigningKey;

  constructor(id = 'eu-central-1_Test00001', key = signingKey()) {
    this.id = id;
    this.issuer = `https://cognito-idp.${id.split('_')[0]}.amazonaws.com/${id}`;
    this.key = key;
  }

  get jwks(): { keys: Record<string, unknown>[] } {
    return { keys: [this.key.jwk] };
  }

  /** An access token of the client-credentials grant, valid for an hour unless the options change it. */
  token({ claims = {}, header = {}, key = this.key }: TokenOptions = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const clientId = CLIENT_ID;
    return signed(
      { kid: key.kid, alg: 'RS256', ...header },
      {
        sub: clientId,
        token_use: 'access',
        scope: `${IDENTIFIER}/things.read ${IDENTIFIER}/things.write`,
        auth_time: now,
        iss: this.issuer,
        exp: now + 3600,
        iat: now,
        version: 2,
        jti: '6d0f1b64-55a4-4c0a-8b6e-3f6f2f3f0001',
        client_id: clientId,
        ...claims,
      },
      key.privateKey,
    );
  }

  /** A token of {@link CLIENT_ID} with these scopes, which are given without the identifier. */
  tokenWith(...scopes: readonly string[]): string {
    return this.token({ claims: { scope: qualified(scopes) } });
  }

  /** An ID token of a user who signed in with the allowed client. */
  idToken(): string {
    return this.token({
      claims: {
        token_use: 'id',
        aud: CLIENT_ID,
        client_id: undefined,
        scope: undefined,
        email: 'ada@example.com',
      },
    });
  }
}

/** The client that the service under test allows. */
export const CLIENT_ID = '1testclient00000000000000a';
/** Another one that its configuration lists. */
export const LISTED_CLIENT_ID = '2testclient00000000000000b';
/** The resource server identifier of the service under test. */
export const IDENTIFIER = 'https://api.example.com';

/** A scope claim: scopes with the identifier of the service under test. */
export function qualified(scopes: readonly string[]): string {
  return scopes.map((scope) => `${IDENTIFIER}/${scope}`).join(' ');
}

/** A compact JWS (RFC 7515 §7.1) of any header and payload; objects are encoded as JSON, texts verbatim. */
export function signed(header: object | string, payload: object | string, privateKey: KeyObject): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

/** One part of a token. */
export function encoded(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** The public half of a key in PEM form. */
export function publicPem(key: SigningKey): string {
  return createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString();
}
