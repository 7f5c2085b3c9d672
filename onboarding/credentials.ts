import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
} from '@aws-sdk/client-secrets-manager';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';
import { resolvePath, type SecretLocation } from './secret-location';
import type { Session } from './session';
import { table } from './table';

/** Everything that a third party needs to call the API: the same members as in the file that `npm run local` writes. */
export interface Credentials {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Cognito's id of the secret, by which `retire` distinguishes the older one from the newer. */
  readonly clientSecretId: string;
  readonly scopes: readonly string[];
}

/**
 * Checks that the file can be written, before there is a secret to lose.
 *
 * @throws CommandError if it exists and is not to be overwritten, or its folder is not writable
 */
export function assertWritable({ env }: Session, { secretFile, force }: SecretLocation): void {
  if (secretFile === undefined) return;
  const path = resolvePath(env, secretFile);
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory())
    throw new CommandError(`${path} is a folder: give a file in it as --secret-file.`);
  if (existing && !force)
    throw new CommandError(`${path} exists already: give another --secret-file, or --force to overwrite it.`);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new CommandError(`${dirname(path)} is not a writable folder: give another --secret-file.`);
  }
}

/** Writes the credentials to the location, if one is given: a file that only its owner can read, or Secrets Manager. */
export async function storeCredentials(
  session: Session,
  location: SecretLocation,
  credentials: Credentials,
): Promise<void> {
  const text = JSON.stringify(credentials, null, 2) + '\n';
  if (location.secretsManager !== undefined)
    await storeInSecretsManager(session, location, credentials, text);
  if (location.secretFile === undefined) return;
  const path = resolvePath(session.env, location.secretFile);
  if (!location.force) return writePrivateFile(path, text);
  // Renamed, so that an interruption leaves the old file or the new one, and an old file's mode is not kept.
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  writePrivateFile(unfinished, text);
  renameSync(unfinished, path);
}

/** Prints where the credentials are, or the credentials: the only time that a secret is shown. */
export function printCredentials(
  { terminal }: Session,
  { secretFile, secretsManager }: SecretLocation,
  clientName: string,
  credentials: Credentials,
): void {
  const { clientSecret, ...rest } = credentials;
  const where =
    secretFile !== undefined ? { secretFile } : secretsManager !== undefined ? { secretsManager } : undefined;
  const shown = where ?? { clientSecret };
  const rows = [
    ['client', clientName],
    ['client id', rest.clientId],
    where ? ['secret', `in ${secretFile ?? `Secrets Manager, ${secretsManager}`}`] : ['secret', clientSecret],
    ['scopes', rest.scopes.join(' ')],
    ['token URL', rest.tokenUrl],
    ['API', rest.apiUrl],
  ];
  terminal.print({ clientName, ...rest, ...shown }, table(rows));
  if (!where) terminal.note('The secret is shown only this once: hand it over safely, and keep no copy.');
}

/** Adds a version to a secret that holds this client's credentials; any other secret is overwritten only with `force`. */
async function storeInSecretsManager(
  { secretsManager }: Session,
  { secretsManager: name, force }: SecretLocation,
  { clientId }: Credentials,
  text: string,
): Promise<void> {
  try {
    const Description = `Credentials of the app client ${clientId}`;
    await secretsManager.send(new CreateSecretCommand({ Name: name, Description, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    const present = await secretsManager.send(new GetSecretValueCommand({ SecretId: name }));
    if (!force && parseJsonObject(present.SecretString ?? '')['clientId'] !== clientId) {
      throw new CommandError(
        `The secret ${name} exists already and is not this client's: give another --secrets-manager, or --force.`,
      );
    }
    await secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

/** @throws Error if the file exists */
function writePrivateFile(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}
