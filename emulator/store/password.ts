import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { User } from './state';

type PasswordHash = NonNullable<User['password']>;

/** Hashes a password with scrypt (https://www.rfc-editor.org/rfc/rfc7914) and a new salt. */
export function hashPassword(password: string): PasswordHash {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64url'), hash: derive(password, salt).toString('base64url') };
}

/** Whether the hash is that of the password. Takes as long without a hash, so that timing does not reveal which users exist. */
export function verifyPassword(password: string, passwordHash: PasswordHash | undefined): boolean {
  const { salt, hash } = passwordHash ?? dummyHash;
  const matches = timingSafeEqual(
    derive(password, Buffer.from(salt, 'base64url')),
    Buffer.from(hash, 'base64url'),
  );
  return matches && passwordHash !== undefined;
}

const length = 32;
const dummyHash: PasswordHash = { salt: '', hash: Buffer.alloc(length).toString('base64url') };

function derive(password: string, salt: Buffer): Buffer {
  return scryptSync(password, salt, length);
}
