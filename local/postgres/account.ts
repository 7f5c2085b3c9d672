import { spawnSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** An account of the operating system, and the command that runs a program under it. */
export interface Account {
  uid: number;
  gid: number;
  prefix: string[];
}

/** The unprivileged account of Debian. */
const unprivileged = { uid: 65534, gid: 65534 };

/**
 * Chooses the account that PostgreSQL runs under. PostgreSQL refuses to run as root, so root runs it as the owner of
 * the data or of the program, or as the account `nobody`.
 *
 * @param directory The existing directory of the data.
 * @param program One of PostgreSQL's programs, which is run with `--version` as a trial.
 * @returns `undefined` when this process is not root, and PostgreSQL can run under its account.
 * @throws Error with the remedy when root cannot run it as another account.
 */
export function chooseAccount(directory: string, program: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } =
    [directory, program].map((path) => statSync(path)).find((owner) => owner.uid !== 0) ?? unprivileged;

  const reachable = canReach(directory, uid, gid) && canReach(program, uid, gid);
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  if (!reachable) prefix.push(...passAnyDirectory);

  const [setpriv = '', ...options] = prefix;
  const trial = spawnSync(setpriv, [...options, program, '--version'], { cwd: '/', encoding: 'utf8' });
  if (trial.status !== 0) {
    const reason = trial.error?.message ?? trial.stderr.trim();
    throw new Error(
      'PostgreSQL does not run as root, and cannot be run as another account here: use an ordinary account, ' +
        `or Linux with "setpriv" and a folder that every account may enter. (${reason})`,
    );
  }
  return { uid, gid, prefix };
}

/**
 * Permits the account to enter directories of root (`/root`, `mktemp -d`). PostgreSQL looks for its own program with
 * access(2), which ignores capabilities unless no_setuid_fixup is set.
 */
const passAnyDirectory = [
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  '--securebits=+no_setuid_fixup',
];

function canReach(path: string, uid: number, gid: number): boolean {
  const directory = dirname(realpathSync(path));
  const { mode, uid: owner, gid: group } = statSync(directory);
  const search = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  return (mode & search) !== 0 && (directory === '/' || canReach(directory, uid, gid));
}
