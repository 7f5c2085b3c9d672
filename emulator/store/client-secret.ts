import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { randomId } from './random-id';
import type { Client } from './state';

/** @param value The default is a random secret in Cognito's form. */
export function newClientSecret(now: number, value = randomId(51)): Client['secrets'][number] {
  return { id: randomUUID(), value, createdAt: now };
}

/** Whether it is one of the client's secrets, compared in constant time. */
export function hasSecret({ secrets }: Client, secret: string): boolean {
  return secrets.some(({ value }) => timingSafeEqual(digest(secret), digest(value)));
}

/** Digests have equal lengths, as the comparison requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
