import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { type Command, Option } from 'commander';
import { type AppClient, readClientSecret } from './app-client';
import { Failure } from './failure';
import { parseJsonObject } from './json-object';
import type { Session } from './session';

/** Where a secret goes to, or comes from; nowhere: the screen, or Cognito. */
export interface SecretPlace {
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

/** The options that say where a secret is to go. */
export function withDestination(command: Command): Command {
  return command
    .addOption(fileOption('write the credentials to this file, readable by you only, and do not show them'))
    .option(
      '--secrets-manager <name>',
      'write the credentials to this secret in Secrets Manager, and do not show them',
    )
    .option('--force', 'overwrite what is in that place');
}

/** The options that say where a secret is. Without one, CLIENT_SECRET is looked at. */
export function withSource(command: Command): Command {
  return command
    .addOption(fileOption('read the secret, or the credentials, from this file; - is standard input'))
    .option('--secrets-manager <name>', 'read them from this secret in Secrets Manager');
}

function fileOption(description: string): Option {
  return new Option('--secret-file <path>', description).conflicts('secretsManager');
}

/**
 * The secret from the place that is given, or from the variable CLIENT_SECRET.
 *
 * @returns `undefined` if none is given
 * @throws Failure if it cannot be read, or is another client's
 */
export async function readGivenSecret(
  session: Session,
  place: SecretPlace,
  clientId: string,
): Promise<ClientSecret | undefined> {
  const text = await readPlace(session, place);
  if (text === undefined) return undefined;
  const bare = text.trim();
  // Cognito's pattern for a client secret.
  if (/^[\w+]+$/.test(bare)) return { clientSecret: bare };
  const { clientId: owner = clientId, clientSecret, clientSecretId } = parseJsonObject(text);
  if (typeof clientSecret !== 'string')
    throw new Failure('What was given is neither a client secret nor credentials in JSON.');
  if (owner !== clientId)
    throw new Failure(`What was given is the secret of another client than ${clientId}.`);
  return { clientSecret, ...(typeof clientSecretId === 'string' && { clientSecretId }) };
}

/** The secret that is given, else the one that Cognito gives out. */
export async function readSecret(
  session: Session,
  place: SecretPlace,
  client: AppClient,
): Promise<ClientSecret> {
  const given = await readGivenSecret(session, place, client.clientId);
  if (given) return given;
  const clientSecret = await readClientSecret(session, client.clientId);
  if (clientSecret === undefined) {
    throw new Failure(
      `${client.clientName} has no secret: it is a public client, which gets tokens only for people who sign in.`,
    );
  }
  return { clientSecret };
}

/** npm runs the command line in its package's folder; people mean the one that they are in. */
export function resolvePath(env: NodeJS.ProcessEnv, path: string): string {
  return resolve(env['INIT_CWD'] ?? '.', path);
}

async function readPlace(
  { env, terminal, secretsManager }: Session,
  place: SecretPlace,
): Promise<string | undefined> {
  if (place.secretFile === '-') return terminal.readInput();
  if (place.secretFile !== undefined) return readText(resolvePath(env, place.secretFile));
  // Empty counts as not set, as everywhere.
  if (place.secretsManager === undefined)
    return env['CLIENT_SECRET'] === '' ? undefined : env['CLIENT_SECRET'];
  try {
    const { SecretString } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: place.secretsManager }),
    );
    return SecretString;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Failure(`There is no secret ${place.secretsManager} in Secrets Manager.`);
  }
}

/** @throws Failure that names the file */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
