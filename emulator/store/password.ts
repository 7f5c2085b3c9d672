import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { User } from './state';

type PasswordHash = NonNullable<User['password']>;

/** Hashes a password with scrypt (https://www.rfc-editor.org/rfc/rfc7914) and a new salt. */
export function hashPassword(password: string): PasswordHash {
  const salt = randomBytes(16);
  const hash = derive(password, salt, COST);
  return { salt: salt.toString('base64url'), hash: hash.toString('base64url'), cost: COST };
}

/** Whether the hash is that of the password. Takes as long without a hash, so that timing does not reveal which users exist. */
export function verifyPassword(password: string, passwordHash: PasswordHash | undefined): boolean {
  const { salt, hash, cost } = passwordHash ?? dummyHash;
  const matches = timingSafeEqual(
    derive(password, Buffer.from(salt, 'base64url'), cost),
    Buffer.from(hash, 'base64url'),
  );
  return matches && passwordHash !== undefined;
}

/** scrypt's N. Low, since these are passwords of test users: a sign-in blocks the emulator for 3 ms, not for 40. */
const COST = 1024;
const LENGTH = 32;
const dummyHash: PasswordHash = {
  salt: '',
  hash: Buffer.alloc(LENGTH).toString('base64url'),
  cost: COST,
};

function derive(password: string, salt: Buffer, cost: number): Buffer {
  return scryptSync(password, salt, LENGTH, { cost });
}
