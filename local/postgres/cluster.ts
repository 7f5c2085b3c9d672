import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Account, chooseAccount } from './account';
import { findBinaries } from './binaries';

/** Starts one of PostgreSQL's programs under the account that owns the cluster; the signal kills it. */
type SpawnProgram = (
  program: 'initdb' | 'postgres',
  args: string[],
  signal?: AbortSignal,
) => ReturnType<typeof spawnProgram>;

/** A database cluster on disk, and how to run PostgreSQL's programs on it. */
export interface Cluster {
  readonly data: string;
  readonly password: string;
  readonly spawn: SpawnProgram;
}

/** The only role of the cluster, which the service logs in with. */
export const role = 'postgres';

/**
 * Opens the cluster in a directory, and creates it first when there is none.
 *
 * @param directory Created when missing. It holds `data`, the cluster, and `password`, mode 0600.
 * @param durable Whether a new cluster is flushed to disk before it counts as complete. Not for tests, where logins are cheap too.
 * @param signal Interrupts the creation.
 */
export async function openCluster(
  directory: string,
  durable: boolean,
  signal?: AbortSignal,
): Promise<Cluster> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const binaries = findBinaries();
  const account = chooseAccount(root, binaries.postgres);
  if (account) await chown(root, account.uid, account.gid);

  const data = join(root, 'data');
  const passwordFile = join(root, 'password');
  const spawn: SpawnProgram = (program, ...rest) => spawnProgram(account, binaries[program], ...rest);
  if (!existsSync(data)) {
    await createPassword(passwordFile, account);
    // For tests: to derive a key from the password is a third of what a connection costs its client.
    const fast = ['--no-sync', '--set=scram_iterations=1'];
    const options = [`--pwfile=${passwordFile}`, ...(durable ? [] : fast)];
    await createData(data, (args) => spawn('initdb', [...args, ...options], signal));
  }
  return { data, password: await readFile(passwordFile, 'utf8'), spawn };
}

async function createPassword(path: string, account: Account | undefined): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (account) await chown(path, account.uid, account.gid);
}

/** Created under another name and renamed when complete, so that an interrupted first start leaves no partial cluster. */
async function createData(
  data: string,
  spawnInitdb: (args: string[]) => ReturnType<typeof spawnProgram>,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  // With retries: an initdb that a killed run has left behind may still be writing there.
  await rm(unfinished, { recursive: true, force: true, maxRetries: 10 });
  const options = ['--encoding=UTF8', '--locale=C', `--username=${role}`, '--auth=scram-sha-256'];
  const initdb = spawnInitdb([...options, `--pgdata=${unfinished}`]);
  let output = '';
  initdb.stderr.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(initdb, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`PostgreSQL could not create its data directory ${data}:\n${output.trim()}`);
  await rename(unfinished, data);
}

/** In a separate process group, so that the terminal's Ctrl-C reaches only the process that started it. */
function spawnProgram(account: Account | undefined, program: string, args: string[], signal?: AbortSignal) {
  const [file = program, ...rest] = [...(account?.prefix ?? []), program, ...args];
  return spawn(file, rest, {
    cwd: '/',
    // Nothing is inherited: variables such as PGPORT or LC_MESSAGES would change its behaviour and messages.
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...(signal && { signal, killSignal: 'SIGKILL' }),
  });
}
