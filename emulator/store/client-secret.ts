import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { randomText } from './random-text';
import type { Client } from './state';

/** @param value Without it: chosen at random, as Cognito does. */
export function newClientSecret(now: number, value = randomText(51)): Client['secrets'][number] {
  return { id: randomUUID(), value, createdAt: now };
}

/** Whether it is one of the client's secrets. The time taken does not tell how much of it is right. */
export function hasSecret({ secrets }: Client, secret: string): boolean {
  return secrets.some(({ value }) => timingSafeEqual(digest(secret), digest(value)));
}

/** Digests have one length, which the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
