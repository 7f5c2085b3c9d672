import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivateFile } from '../private-file';
import { type State, state } from './state';

/**
 * Reads the state that `saveState` wrote.
 *
 * @returns `undefined` when there is no file yet.
 * @throws Error when the file cannot be read, is damaged, or has a format that is no longer supported; the file stays
 * as it is.
 */
export function loadState(path: string): State | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const remedy = 'Move it away to start with new keys and new clients.';
  const read = json.safeParse(text);
  if (read.success && holdsOnePool(read.data)) {
    throw new Error(`${path} has an older format, with a single user pool. ${remedy}`);
  }
  const parsed = json.pipe(state).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is damaged. ${remedy}\n${z.prettifyError(parsed.error)}`);
}

/** Replaces the state in the file, all of it or nothing. */
export function saveState(path: string, { userPools, ...rest }: State): void {
  const pools = userPools.map(({ idKey, accessKey, previousAccessKey, ...pool }) => ({
    ...pool,
    idKey: idKey.export({ format: 'jwk' }),
    accessKey: accessKey.export({ format: 'jwk' }),
    previousAccessKey: previousAccessKey?.export({ format: 'jwk' }),
  }));
  writePrivateFile(path, JSON.stringify({ userPools: pools, ...rest }, null, 2) + '\n');
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message, which quotes the text: it holds secrets.
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

function holdsOnePool(read: unknown): boolean {
  return typeof read === 'object' && read !== null && 'accessKey' in read;
}
