import { join } from 'node:path';
import { scopes } from '../../src/api/scopes';
import type { UserPoolOptions } from './user-pool';

/** How the stand-in is run. */
export interface CognitoSettings {
  host: string;
  port: number;
  /** The resource server's identifier, which stands in front of each scope. */
  identifier: string;
  pool: UserPoolOptions;
}

/**
 * Reads the stand-in's settings from the environment. What the API is told about the pool, the stand-in is told
 * by the same variables.
 */
export function readCognitoSettings(env: NodeJS.ProcessEnv): CognitoSettings {
  const identifier = env['RESOURCE_SERVER_IDENTIFIER'] ?? 'https://api.example.com';
  return {
    host: env['LOCAL_COGNITO_HOST'] ?? '127.0.0.1',
    port: Number(env['LOCAL_COGNITO_PORT'] ?? 4000),
    identifier,
    pool: {
      id: env['COGNITO_USER_POOL_ID'] ?? 'eu-central-1_Local0001',
      issuer: env['COGNITO_ISSUER'],
      stateFile: join(env['LOCAL_COGNITO_DIRECTORY'] ?? '.local/cognito', 'state.json'),
      scopes: Object.keys(scopes).map((name) => `${identifier}/${name}`),
      clientId: given(env, 'LOCAL_CLIENT_ID', /^[a-z0-9]{1,128}$/, 'lower-case letters and digits'),
      clientSecret: given(env, 'LOCAL_CLIENT_SECRET', /^\S{24,}$/, 'at least 24 characters, no space'),
    },
  };
}

/** The value of a variable, which is checked here because the state that it gets into outlives it. Empty counts as not set. */
function given(env: NodeJS.ProcessEnv, name: string, form: RegExp, expected: string): string | undefined {
  const value = env[name];
  if (!value) return undefined;
  if (!form.test(value)) throw new Error(`${name}: expected ${expected}.`);
  return value;
}
