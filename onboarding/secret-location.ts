import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { type Command, Option } from 'commander';
import { type AppClient, readClientSecret } from './cognito/app-client';
import { CommandError } from './command-error';
import { localDirectory } from './emulator-url';
import { parseJsonObject } from './parse-json-object';
import type { Session } from './session';

/** Where a secret is written to or read from; by default the screen, or Cognito. */
export interface SecretLocation {
  /** A path, or `true` for the file that belongs to the client. */
  readonly secretFile?: string | true;
  /** Name of a secret in Secrets Manager. */
  readonly secretsManager?: string;
  /** Overwrite what is there. */
  readonly force?: boolean;
}

/** A client's secret, and Cognito's id of it where that is known. */
export interface ClientSecret {
  readonly clientSecret: string;
  readonly clientSecretId?: string;
}

const DEFAULT_FILE = '.local/credentials/<deployment>/<client>.json';

/** Adds the options that say where a secret is written to. */
export function withDestination(command: Command): Command {
  return command
    .addOption(
      fileOption(
        `write the credentials to a file that only you can read, by default ${DEFAULT_FILE}, and do not show them`,
      ),
    )
    .option(
      '--secrets-manager <name>',
      'write the credentials to this secret in Secrets Manager, and do not show them',
    )
    .option('--force', 'overwrite what is there');
}

/** Adds the options that say where a secret is read from. The default is the variable CLIENT_SECRET. */
export function withSource(command: Command): Command {
  return command
    .addOption(
      fileOption(
        `read the secret, or the credentials, from a file, by default ${DEFAULT_FILE}; - is standard input`,
      ),
    )
    .option('--secrets-manager <name>', 'read them from this secret in Secrets Manager');
}

function fileOption(description: string): Option {
  return new Option('--secret-file [path]', description).conflicts('secretsManager');
}

/**
 * The path of the secret file; `undefined` if none is wanted. Its default is in a folder that git ignores: one for each
 * deployment.
 */
export function secretFilePath(
  { env, deployment, local }: Session,
  { secretFile }: SecretLocation,
  clientName: string,
): string | undefined {
  if (secretFile === undefined) return undefined;
  if (secretFile !== true) return resolvePath(env, secretFile);
  const folder = local ? 'local' : deployment.name;
  return join(localDirectory(env), 'credentials', folder, `${clientName}.json`);
}

/**
 * Reads the secret from the given location, or from the variable CLIENT_SECRET.
 *
 * @returns `undefined` if neither is set
 * @throws CommandError if it cannot be read, or belongs to another client
 */
export async function readGivenSecret(
  session: Session,
  location: SecretLocation,
  { clientId, clientName }: Pick<AppClient, 'clientId' | 'clientName'>,
): Promise<ClientSecret | undefined> {
  const text = await readLocation(session, location, clientName);
  if (text === undefined) return undefined;
  const bare = text.trim();
  // Cognito's pattern for a client secret.
  if (/^[\w+]+$/.test(bare)) return { clientSecret: bare };
  const { clientId: owner = clientId, clientSecret, clientSecretId } = parseJsonObject(text);
  if (typeof clientSecret !== 'string')
    throw new CommandError('The given text is neither a client secret nor credentials in JSON.');
  if (owner !== clientId)
    throw new CommandError(`The given secret belongs to another client, not to ${clientId}.`);
  return { clientSecret, ...(typeof clientSecretId === 'string' && { clientSecretId }) };
}

/** Reads the given secret, else the one that Cognito returns. */
export async function readSecret(
  session: Session,
  location: SecretLocation,
  client: AppClient,
): Promise<ClientSecret> {
  const given = await readGivenSecret(session, location, client);
  if (given) return given;
  const clientSecret = await readClientSecret(session, client.clientId);
  if (clientSecret === undefined) {
    throw new CommandError(
      `${client.clientName} has no secret: it is a public client, which gets tokens only for people who sign in.`,
    );
  }
  return { clientSecret };
}

/** Resolves a path against the folder in which npm was called: npm itself changes to that of the package. */
export function resolvePath(env: NodeJS.ProcessEnv, path: string): string {
  return resolve(env['INIT_CWD'] ?? '.', path);
}

/** The value of a variable; an empty one counts as not set. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Reads a secret of Secrets Manager; `undefined` if there is none of that name. */
export async function readStoredSecret(
  { secretsManager }: Pick<Session, 'secretsManager'>,
  name: string,
): Promise<string | undefined> {
  try {
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? '';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function readLocation(
  session: Session,
  location: SecretLocation,
  clientName: string,
): Promise<string | undefined> {
  const { env, terminal } = session;
  if (location.secretFile === '-') return terminal.readInput();
  const path = secretFilePath(session, location, clientName);
  if (path !== undefined) return readTextFile(path);
  if (location.secretsManager === undefined) return readVariable(env, 'CLIENT_SECRET');
  const stored = await readStoredSecret(session, location.secretsManager);
  if (stored === undefined)
    throw new CommandError(`There is no secret ${location.secretsManager} in Secrets Manager.`);
  return stored;
}

/**
 * Reads a file.
 *
 * @throws CommandError that names the file
 */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
