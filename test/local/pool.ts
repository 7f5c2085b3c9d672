import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { pino } from 'pino';
import { createCognito } from '../../local/cognito/app';
import { type Client, loadState, saveState } from '../../local/cognito/state';
import { openUserPool, type UserPoolOptions } from '../../local/cognito/user-pool';

export const readUsers = 'https://api.example.com/users.read';
export const writeUsers = 'https://api.example.com/users.write';

/** Options of a user pool that nobody has opened yet, in a directory of its own. */
export function poolOptions(options: Partial<UserPoolOptions> = {}): UserPoolOptions {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'cognito-')), 'state.json');
  return { id: 'eu-central-1_Local0001', stateFile, scopes: [readUsers, writeUsers], ...options };
}

let kept: string | undefined;

/** The same for a pool that has been opened before: faster, since its keys need not be made. */
export function keptPoolOptions(): UserPoolOptions {
  if (kept === undefined) {
    const first = poolOptions();
    openUserPool(first);
    kept = readFileSync(first.stateFile, 'utf8');
  }
  const options = poolOptions();
  writeFileSync(options.stateFile, kept);
  return options;
}

/** A user pool with its machine client and others like it, and the stand-in that serves it. */
export function makeCognito(others: Partial<Client>[] = []) {
  const options = keptPoolOptions();
  const { machineClient } = openUserPool(options);
  const state = loadState(options.stateFile);
  if (!state) throw new Error('the pool was not kept');
  saveState(options.stateFile, {
    ...state,
    clients: [
      ...state.clients,
      ...others.map((other) => ({ ...machineClient, clientName: 'other', ...other })),
    ],
  });
  const pool = openUserPool(options);
  const logged: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void logged.push(line) });
  const app = createCognito(pool, logger);

  return {
    pool,
    app,
    logged,
    client: pool.machineClient,
    /** Sends a token request that the machine client signs with HTTP Basic. */
    requestToken: (parameters: Record<string, string> = {}) =>
      request(app)
        .post('/oauth2/token')
        .auth(machineClient.clientId, machineClient.clientSecret)
        .type('form')
        .send({ grant_type: 'client_credentials', ...parameters }),
  };
}

/** The two JSON parts of a JWT, unverified. */
export function decodeJwt(token: unknown): { header: object; payload: object } {
  const [header, payload] = String(token)
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
  return { header: header ?? {}, payload: payload ?? {} };
}
