import { createHash, timingSafeEqual } from 'node:crypto';
import { randomId } from './random-id';
import type { Client } from './state';

type ClientSecret = Client['secrets'][number];

/**
 * Adds a secret to a client. Its id has Cognito's form, `<client id>--<epoch seconds>`; of two secrets within one second,
 * the second gets the id of the next one.
 *
 * @param now Seconds since the epoch.
 * @param value The default is a random secret in Cognito's form.
 */
export function addClientSecret(client: Client, now: number, value = randomId(51)): ClientSecret {
  const idAt = (seconds: number) => `${client.clientId}--${seconds}`;
  const taken = client.secrets.some(({ id }) => id === idAt(now));
  const secret = { id: idAt(taken ? now + 1 : now), value, createdAt: now };
  client.secrets.push(secret);
  return secret;
}

/** Whether it is one of the client's secrets, compared in constant time. */
export function hasSecret({ secrets }: Client, secret: string): boolean {
  return secrets.some(({ value }) => timingSafeEqual(digest(secret), digest(value)));
}

/** Digests have equal lengths, as the comparison requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
