import { createPrivateKey, type KeyObject } from 'node:crypto';
import type * as SigningKey from '../../emulator/store/signing-key';

/** Where the private keys of the test run stand, for the workers: a JSON array of PEM texts. */
export const SIGNING_KEYS_VARIABLE = 'TEST_SIGNING_KEYS';

/** More than any test has at a time. */
const KEYS = 8;

const given = JSON.parse(process.env[SIGNING_KEYS_VARIABLE] ?? '[]') as string[];
let made = 0;

/** Makes the keys that {@link createSigningKey} gives in this test run. */
export function makeSigningKeys(create: () => KeyObject): void {
  const keys = Array.from({ length: KEYS }, () => create().export({ type: 'pkcs8', format: 'pem' }));
  process.env[SIGNING_KEYS_VARIABLE] = JSON.stringify(keys);
}

/**
 * Takes the place of the emulator's function in tests (`jest.config.js`): to generate a key takes 0.2 s of processor time, and
 * the suites have hundreds. Each key is another one than the seven before it.
 */
export function createSigningKey(modulusLength = 2048): KeyObject {
  const key = modulusLength === 2048 ? given[made++ % given.length] : undefined;
  if (key !== undefined) return createPrivateKey(key);
  // With its extension, which the configuration does not map.
  const actual = jest.requireActual<typeof SigningKey>('../../emulator/store/signing-key.ts');
  return actual.createSigningKey(modulusLength);
}
