import { join } from 'node:path';
import type { Seeds } from './seed';
import { issuerFormOf } from './tokens/issuer';

/** How to run the emulator. */
export interface EmulatorSettings {
  host: string;
  port: number;
  stateFile: string;
  seeds: Seeds;
}

/**
 * Reads the settings from the environment. For what the service must know about the pool as well, the variables are
 * those of the service.
 *
 * @throws Error that names the variable with a malformed value
 */
export function readEmulatorSettings(env: NodeJS.ProcessEnv): EmulatorSettings {
  const port = Number(env['LOCAL_COGNITO_PORT'] ?? 4000);
  const poolId = env['COGNITO_USER_POOL_ID'] ?? 'eu-central-1_Local0001';
  const clientIdForm = [/^[a-z0-9]{1,128}$/, 'lower-case letters and digits'] as const;
  const secretForm = [/^\S{24,}$/, 'at least 24 characters, no space'] as const;
  return {
    host: env['LOCAL_COGNITO_HOST'] ?? '127.0.0.1',
    port,
    stateFile: join(env['LOCAL_COGNITO_DIRECTORY'] ?? '.local/cognito', 'state.json'),
    seeds: {
      poolId,
      issuer: issuerFormOf(poolId, env['COGNITO_ISSUER']),
      identifier: env['RESOURCE_SERVER_IDENTIFIER'] ?? 'https://api.example.com',
      apiUrl: env['PUBLIC_URL'] ?? 'http://localhost:3000',
      tokenUrl: env['COGNITO_TOKEN_URL'] ?? `http://127.0.0.1:${port}/oauth2/token`,
      clientId: optional(env, 'LOCAL_CLIENT_ID', ...clientIdForm),
      clientSecret: optional(env, 'LOCAL_CLIENT_SECRET', ...secretForm),
      operatorClientId: optional(env, 'LOCAL_OPERATOR_CLIENT_ID', ...clientIdForm),
      operatorClientSecret: optional(env, 'LOCAL_OPERATOR_CLIENT_SECRET', ...secretForm),
      webClientId: optional(env, 'LOCAL_WEB_CLIENT_ID', ...clientIdForm),
      userPassword: optional(env, 'LOCAL_USER_PASSWORD', /^\S{8,256}$/, 'at least 8 characters, no space'),
    },
  };
}

/** The value of a variable; empty counts as not set. Checked here, because it goes into the state and survives restarts. */
function optional(env: NodeJS.ProcessEnv, name: string, form: RegExp, expected: string): string | undefined {
  const value = env[name];
  if (!value) return undefined;
  if (!form.test(value)) throw new Error(`${name}: expected ${expected}.`);
  return value;
}
