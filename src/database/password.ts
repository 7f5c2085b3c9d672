import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as rdsSigner from '@aws-sdk/rds-signer';

/** Where the password of a role comes from: a text, a file, or IAM tokens of Amazon RDS in a Region. */
export type Password = string | { readonly file: string } | { readonly iamRegion: string };

/** Whom a password is for. */
export interface Role {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/**
 * The password option of `pg`: a text, or a function that is called for each new connection, so that the password can
 * change while the service runs.
 */
export function passwordOption(
  password: Password | undefined,
  role: Role,
): string | (() => Promise<string>) | undefined {
  if (password === undefined || typeof password === 'string') return password;
  if ('file' in password) return () => readPassword(password.file);
  return iamTokens(role, password.iamRegion);
}

/** The file of the password is empty, as one is for a moment that is written again in its place. */
export class EmptyPasswordError extends Error {
  override readonly name = 'EmptyPasswordError';
}

/**
 * The text of a file; a line end after it, which most editors write, is not part of the password.
 *
 * @throws EmptyPasswordError
 */
async function readPassword(file: string): Promise<string> {
  const password = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (password === '') throw new EmptyPasswordError(`${file} is empty`);
  return password;
}

/** Tokens in place of a password, each valid for 15 minutes. They are signed here, with the credentials of the task's role. */
function iamTokens({ host, port, user }: Role, region: string): () => Promise<string> {
  // The signer and its credential providers take long to load, and most deployments do not use them.
  const { Signer } = createRequire(__filename)('@aws-sdk/rds-signer') as typeof rdsSigner;
  const signer = new Signer({ hostname: host, port, username: user, region });
  return () => signer.getAuthToken();
}
