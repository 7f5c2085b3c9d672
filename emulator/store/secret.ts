import { randomUUID } from 'node:crypto';
import { accountId } from './account-id';
import { randomId } from './random-id';
import type { Secret } from './state';

/** A new secret of Secrets Manager. */
export function newSecret(region: string, name: string, value: string, now: number): Secret {
  const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${randomId(6)}`;
  return { region, arn, name, versionId: randomUUID(), value, createdAt: now };
}
