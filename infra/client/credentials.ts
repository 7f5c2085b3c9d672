import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
} from '@aws-sdk/client-secrets-manager';
import { writePrivateFile } from '../../emulator/private-file';
import { Failure } from './failure';
import { parseJsonObject } from './json-object';
import { resolvePath, type SecretPlace } from './secret-place';
import type { Session } from './session';
import { table } from './table';

/** All that a third party needs to call the API, with the members of the file that `npm run local` writes. */
export interface Credentials {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Cognito's id of the secret, by which `retire` knows the older one from the newer. */
  readonly clientSecretId: string;
  readonly scopes: readonly string[];
}

/**
 * Looks whether a file can be written there, before there is a secret to lose.
 *
 * @throws Failure if it exists, unless forced, or its folder cannot be written to
 */
export function assertWritable({ env }: Session, { secretFile, force }: SecretPlace): void {
  if (secretFile === undefined) return;
  const path = resolvePath(env, secretFile);
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new Failure(`${path} is a folder: give a file in it as --secret-file.`);
  if (existing && !force)
    throw new Failure(`${path} exists already: give another --secret-file, or --force to overwrite it.`);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new Failure(`${dirname(path)} is not a folder that can be written to: give another --secret-file.`);
  }
}

/** Puts credentials into the place, if one is given: into a file that only its owner may read, or Secrets Manager. */
export async function storeCredentials(
  session: Session,
  place: SecretPlace,
  credentials: Credentials,
): Promise<void> {
  const text = JSON.stringify(credentials, null, 2) + '\n';
  if (place.secretsManager !== undefined) await storeInSecretsManager(session, place, credentials, text);
  if (place.secretFile === undefined) return;
  const path = resolvePath(session.env, place.secretFile);
  if (place.force) writePrivateFile(path, text);
  else writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
}

/** Tells where the credentials are, or shows them: the one time that a secret is seen. */
export function printCredentials(
  { terminal }: Session,
  { secretFile, secretsManager }: SecretPlace,
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
  if (!where) terminal.note('The secret is shown this once: hand it over safely, and keep no copy.');
}

/** A secret that holds this client's credentials gets a new version; any other is left alone, unless forced. */
async function storeInSecretsManager(
  { secretsManager }: Session,
  { secretsManager: name, force }: SecretPlace,
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
      throw new Failure(
        `The secret ${name} exists already and is not this client's: give another --secrets-manager, or --force.`,
      );
    }
    await secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}
