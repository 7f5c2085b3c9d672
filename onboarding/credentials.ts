import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
} from '@aws-sdk/client-secrets-manager';
import { regionOf } from '../src/auth/issuers';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';
import { readStoredSecret, secretFilePath, type SecretLocation } from './secret-location';
import type { Session } from './session';
import { table } from './table';

/** Everything that a third party needs to call the API: the same members as in the file that `npm run local` writes. */
export interface Credentials {
  readonly apiUrl: string;
  /** `undefined` where the user pool has no domain. */
  readonly tokenUrl?: string;
  /** Where to call GetClientToken, if the user pool has no domain. */
  readonly region?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Cognito's id of the secret, by which `retire` distinguishes the older one from the newer. */
  readonly clientSecretId: string;
  readonly scopes: readonly string[];
}

/** What of the credentials is the client's. */
type ClientCredentials = Pick<Credentials, 'clientId' | 'clientSecret' | 'clientSecretId' | 'scopes'>;

/** Completes a client's credentials with what is the same for all clients of the deployment. */
export function credentialsFor({ deployment }: Session, ofClient: ClientCredentials): Credentials {
  const { apiUrl, tokenUrl, userPoolId } = deployment;
  return {
    apiUrl,
    ...(tokenUrl === undefined ? { region: regionOf(userPoolId) } : { tokenUrl }),
    ...ofClient,
  };
}

/**
 * Checks that credentials can be stored, before there is a secret to lose. Credentials of the same client may be
 * overwritten.
 *
 * @param client its id is `undefined` if it does not exist yet
 * @throws CommandError if something else is there and not to be overwritten, or a folder is not writable
 */
export async function assertStorable(
  session: Session,
  location: SecretLocation,
  { clientId, clientName }: { readonly clientId: string | undefined; readonly clientName: string },
): Promise<void> {
  const { secretsManager, force } = location;
  if (secretsManager !== undefined && !force) await assertNotOccupied(session, secretsManager, clientId);
  const path = secretFilePath(session, location, clientName);
  if (path === undefined) return;
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory())
    throw new CommandError(`${path} is a folder: give a file in it as --secret-file.`);
  if (existing && !force && !isOwnFile(path, clientId))
    throw new CommandError(`${path} exists already: give another --secret-file, or --force to overwrite it.`);
  try {
    if (location.secretFile === true) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new CommandError(`${dirname(path)} is not a writable folder: give another --secret-file.`);
  }
}

/**
 * Writes the credentials to the location, if one is given: a file that only its owner can read, or Secrets Manager.
 * {@link assertStorable} has been called before.
 */
export async function storeCredentials(
  session: Session,
  location: SecretLocation,
  clientName: string,
  credentials: Credentials,
): Promise<void> {
  const text = JSON.stringify(credentials, null, 2) + '\n';
  if (location.secretsManager !== undefined)
    await storeInSecretsManager(session, location.secretsManager, credentials, text);
  const path = secretFilePath(session, location, clientName);
  if (path === undefined) return;
  // Renamed, so that an interruption leaves the old file or the new one, and an old file's mode is not kept.
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, text, { flag: 'wx', mode: 0o600 });
  renameSync(unfinished, path);
}

/** Prints where the credentials are, or the credentials: the only time that a secret is shown. */
export function printCredentials(
  session: Session,
  location: SecretLocation,
  clientName: string,
  credentials: Credentials,
): void {
  const { clientSecret, ...rest } = credentials;
  const { secretsManager } = location;
  const secretFile = secretFilePath(session, location, clientName);
  const where =
    secretFile !== undefined ? { secretFile } : secretsManager !== undefined ? { secretsManager } : undefined;
  const rows = [
    ['client', clientName],
    ['client id', rest.clientId],
    ['secret', where ? `in ${secretFile ?? `Secrets Manager, ${secretsManager}`}` : clientSecret],
    ['scopes', rest.scopes.join(' ')],
    rest.tokenUrl === undefined
      ? ['tokens', `from GetClientToken of Amazon Cognito in ${rest.region}`]
      : ['token URL', rest.tokenUrl],
    ['API', rest.apiUrl],
  ];
  session.terminal.print({ clientName, ...rest, ...(where ?? { clientSecret }) }, table(rows));
  if (!where)
    session.terminal.note('The secret is shown only this once: hand it over safely, and keep no copy.');
}

async function assertNotOccupied(
  session: Session,
  name: string,
  clientId: string | undefined,
): Promise<void> {
  const stored = await readStoredSecret(session, name);
  if (stored === undefined || isOf(clientId, stored)) return;
  throw new CommandError(
    `The secret ${name} exists already and is not this client's: give another --secrets-manager, or --force.`,
  );
}

/** A secret that exists gets another version; the earlier ones stay for a while. */
async function storeInSecretsManager(
  { secretsManager }: Session,
  name: string,
  { clientId }: Credentials,
  text: string,
): Promise<void> {
  try {
    const Description = `Credentials of the app client ${clientId}`;
    await secretsManager.send(new CreateSecretCommand({ Name: name, Description, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

function isOwnFile(path: string, clientId: string | undefined): boolean {
  try {
    return isOf(clientId, readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

/** Whether the text holds credentials of this client. */
function isOf(clientId: string | undefined, text: string): boolean {
  return clientId !== undefined && parseJsonObject(text)['clientId'] === clientId;
}
