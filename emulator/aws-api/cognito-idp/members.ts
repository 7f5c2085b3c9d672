import { z } from 'zod';
import type { Client, State, User, UserPool } from '../../store/state';
import { findUserBySignInName } from '../../store/user';
import { AwsError } from '../aws-error';
import { text } from '../input';
import type { Call } from '../operation';

/** Members that many operations share. */
export const userPoolId = text(1, 55, /[\w-]+_[0-9a-zA-Z]+/);
export const clientId = text(1, 128, /[\w+]+/);
export const clientSecret = text(24, 64, /[\w+]+/);
export const username = text(1, 128, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);
/** Accepted without effect: it is input for Lambda triggers, which the emulator does not have. */
export const clientMetadata = z.record(z.string(), z.string()).optional();

/**
 * The user pool of a call.
 *
 * @param state `store.state` to read, or the copy of `store.change` to change.
 * @throws AwsError `ResourceNotFoundException`, also for a pool of another Region than the call's
 */
export function findPool(state: State, { region }: Call, id: string): UserPool {
  const pool = id.startsWith(`${region}_`) ? state.userPools.find((pool) => pool.id === id) : undefined;
  if (!pool) throw new AwsError('ResourceNotFoundException', `User pool ${id} does not exist.`);
  return pool;
}

/** @throws AwsError `ResourceNotFoundException` */
export function findClient(pool: UserPool, id: string): Client {
  const client = pool.clients.find(({ clientId }) => clientId === id);
  if (!client) throw new AwsError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
  return client;
}

/**
 * @param name The username, or an alias of the user.
 * @throws AwsError `UserNotFoundException`
 */
export function requireUser(pool: UserPool, name: string): User {
  const user = findUserBySignInName(pool, name);
  if (!user) throw new AwsError('UserNotFoundException', 'User does not exist.');
  return user;
}
