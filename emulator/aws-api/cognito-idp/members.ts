import { z } from 'zod';
import type { Client, State, UserPool } from '../../store/state';
import { ApiError } from '../aws-error';
import { text } from '../input';
import type { Call } from '../operation';

/** Members that many operations of Cognito have. */
export const userPoolId = text(1, 55, /[\w-]+_[0-9a-zA-Z]+/);
export const clientId = text(1, 128, /[\w+]+/);
export const clientSecret = text(24, 64, /[\w+]+/);
export const username = text(1, 128, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);
/** Taken and without effect: it goes to Lambda triggers, of which the stand-in has none. */
export const clientMetadata = z.record(z.string(), z.string()).optional();

/**
 * The user pool of a call.
 *
 * @param state The state to look in: `pools.state` to read, the draft of `pools.change` to change.
 * @throws ApiError `ResourceNotFoundException`, also for a pool of another Region than the call's
 */
export function findPool(state: State, { region }: Call, id: string): UserPool {
  const pool = id.startsWith(`${region}_`) ? state.userPools.find((pool) => pool.id === id) : undefined;
  if (!pool) throw new ApiError('ResourceNotFoundException', `User pool ${id} does not exist.`);
  return pool;
}

/** @throws ApiError `ResourceNotFoundException` */
export function findClient(pool: UserPool, id: string): Client {
  const client = pool.clients.find(({ clientId }) => clientId === id);
  if (!client) throw new ApiError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
  return client;
}

/** Members as they are shown again, without those that were not given. */
export function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
