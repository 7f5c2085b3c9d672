import { readFileSync } from 'node:fs';

/** What the operator of the API gives a third party. */
export interface Settings {
  /** Base URL of the API. */
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Scopes to ask for, with their full names; none asks for all that the client has. */
  readonly scopes: readonly string[];
}

const TEXTS = ['apiUrl', 'tokenUrl', 'clientId', 'clientSecret'] as const;

/**
 * Reads settings from a JSON file. The secret is in it: only its owner should be able to read it.
 *
 * @throws Error that says what is missing
 */
export function readSettings(path: string): Settings {
  const settings = JSON.parse(readFileSync(path, 'utf8')) as Partial<Settings>;
  const missing = TEXTS.filter((name) => typeof settings[name] !== 'string');
  if (missing.length > 0) throw new Error(`${path} lacks ${missing.join(', ')}`);
  return { scopes: [], ...settings } as Settings;
}
