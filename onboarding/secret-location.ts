import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { type Command, Option } from 'commander';
import { type AppClient, readClientSecret } from './cognito/app-client';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';
import type { Session } from './session';

/** Where a secret is written to or read from; by default the screen, or Cognito. */
export interface SecretLocation {
  readonly secretFile?: string;
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

/** Adds the options that say where a secret is written to. */
export function withDestination(command: Command): Command {
  return command
    .addOption(fileOption('write the credentials to this file, readable only by you, and do not show them'))
    .option(
      '--secrets-manager <name>',
      'write the credentials to this secret in Secrets Manager, and do not show them',
    )
    .option('--force', 'overwrite what is there');
}

/** Adds the options that say where a secret is read from. The default is the variable CLIENT_SECRET. */
export function withSource(command: Command): Command {
  return command
    .addOption(fileOption('read the secret, or the credentials, from this file; - is standard input'))
    .option('--secrets-manager <name>', 'read them from this secret in Secrets Manager');
}

function fileOption(description: string): Option {
  return new Option('--secret-file <path>', description).conflicts('secretsManager');
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
  clientId: string,
): Promise<ClientSecret | undefined> {
  const text = await readLocation(session, location);
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
  const given = await readGivenSecret(session, location, client.clientId);
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

async function readLocation(
  { env, terminal, secretsManager }: Session,
  location: SecretLocation,
): Promise<string | undefined> {
  if (location.secretFile === '-') return terminal.readInput();
  if (location.secretFile !== undefined) return readTextFile(resolvePath(env, location.secretFile));
  // An empty variable counts as not set.
  if (location.secretsManager === undefined)
    return env['CLIENT_SECRET'] === '' ? undefined : env['CLIENT_SECRET'];
  try {
    const { SecretString } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: location.secretsManager }),
    );
    return SecretString;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new CommandError(`There is no secret ${location.secretsManager} in Secrets Manager.`);
  }
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
