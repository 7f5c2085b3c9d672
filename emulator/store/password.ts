import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { User } from './state';

type KeptPassword = NonNullable<User['password']>;

/** What is kept of a password: a salt of its own, and scrypt of both (https://www.rfc-editor.org/rfc/rfc7914). */
export function hashPassword(password: string): KeptPassword {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64url'), hash: derive(password, salt).toString('base64url') };
}

/** Whether it is the user's password. It takes as long when there is none, or no such user. */
export function matchesPassword(password: string, kept: KeptPassword | undefined): boolean {
  const { salt, hash } = kept ?? nobody;
  const matches = timingSafeEqual(
    derive(password, Buffer.from(salt, 'base64url')),
    Buffer.from(hash, 'base64url'),
  );
  return matches && kept !== undefined;
}

const length = 32;
const nobody: KeptPassword = { salt: '', hash: Buffer.alloc(length).toString('base64url') };

function derive(password: string, salt: Buffer): Buffer {
  return scryptSync(password, salt, length);
}
