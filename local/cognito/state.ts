import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivateFile } from '../private-file';

const privateKey = z.record(z.string(), z.string()).transform((jwk, context) => {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    context.addIssue('not a private key in JWK form');
    return z.NEVER;
  }
});

const client = z.strictObject({
  clientId: z.string().regex(/^[a-z0-9]{1,128}$/),
  clientName: z.string(),
  clientSecret: z.string().min(24),
  allowedOAuthFlows: z.array(z.enum(['code', 'implicit', 'client_credentials'])),
  allowedOAuthScopes: z.array(z.string()),
  /** Cognito allows 5 minutes to 1 day. */
  accessTokenValiditySeconds: z.int().min(300).max(86_400),
});

const state = z.strictObject({
  idKey: privateKey,
  accessKey: privateKey,
  /** Published until the next rotation, because tokens that it signed are still about. */
  previousAccessKey: privateKey.optional(),
  clients: z.array(client),
});

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's own words, which repeat a part of the text: it holds secrets.
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

/** An app client of the user pool, under the names that Cognito's API gives to its members. */
export type Client = z.infer<typeof client>;

/** What outlives a restart: the keys and the app clients of one user pool. */
export type State = z.infer<typeof state>;

/**
 * Reads the state that `saveState` wrote.
 *
 * @returns `undefined` when there is none yet.
 * @throws Error when the file cannot be read or is damaged; it is left as it is.
 */
export function loadState(path: string): State | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = json.pipe(state).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${path} is damaged. Move it away to start with new keys and a new client.\n${z.prettifyError(parsed.error)}`,
  );
}

/** Replaces the state, all of it or nothing. */
export function saveState(path: string, { clients, ...keys }: State): void {
  const jwks = Object.entries(keys).map(([name, key]) => [name, key?.export({ format: 'jwk' })]);
  writePrivateFile(path, JSON.stringify({ ...Object.fromEntries(jwks), clients }, null, 2) + '\n');
}
