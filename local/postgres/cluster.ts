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

/** A database cluster on disk, and what it takes to run PostgreSQL on it. */
export interface Cluster {
  readonly data: string;
  readonly password: string;
  readonly spawn: SpawnProgram;
}

/** The one account inside the cluster, which the service logs in with. */
export const role = 'postgres';

/**
 * Opens the cluster in a directory, and makes it first where there is none.
 *
 * @param directory Made when missing. It holds `data`, the cluster, and `password`, mode 0600.
 * @param durable Whether a new cluster is forced to disk before it counts as made.
 * @param signal Interrupts the making.
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
    await makePassword(passwordFile, account);
    const options = [`--pwfile=${passwordFile}`, ...(durable ? [] : ['--no-sync'])];
    await makeData(data, (args) => spawn('initdb', [...args, ...options], signal));
  }
  return { data, password: await readFile(passwordFile, 'utf8'), spawn };
}

async function makePassword(path: string, account: Account | undefined): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (account) await chown(path, account.uid, account.gid);
}

/** Made under another name and renamed when complete: an interrupted first start leaves nothing half-made. */
async function makeData(
  data: string,
  spawnInitdb: (args: string[]) => ReturnType<typeof spawnProgram>,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  // Tried again for a while: an initdb that a killed run left behind may still be writing there.
  await rm(unfinished, { recursive: true, force: true, maxRetries: 10 });
  const options = ['--encoding=UTF8', '--locale=C', `--username=${role}`, '--auth=scram-sha-256'];
  const initdb = spawnInitdb([...options, `--pgdata=${unfinished}`]);
  let output = '';
  initdb.stderr.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(initdb, 'close')) as [number | null];
  if (code !== 0) throw new Error(`PostgreSQL could not make its data directory ${data}:\n${output.trim()}`);
  await rename(unfinished, data);
}

/** In a process group of its own, so that the terminal's Ctrl-C reaches only the process that started it. */
function spawnProgram(account: Account | undefined, program: string, args: string[], signal?: AbortSignal) {
  const [file = program, ...rest] = [...(account?.prefix ?? []), program, ...args];
  return spawn(file, rest, {
    cwd: '/',
    // Nothing is inherited: variables such as PGPORT or LC_MESSAGES would change what it does and says.
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...(signal && { signal, killSignal: 'SIGKILL' }),
  });
}
