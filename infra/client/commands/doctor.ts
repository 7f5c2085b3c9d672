import type { Command } from 'commander';
import { parseScopes } from '../../../src/auth/scopes';
import { NoDeployment } from '../deployment';
import { type Complaint, gatherFacts } from '../doctor/facts';
import { examine, type Finding, findNoDeployment } from '../doctor/examine';
import { exitCodes, Failure } from '../failure';
import { examples } from '../help';
import { readText, resolvePath, type SecretPlace, withSource } from '../secret-place';
import type { Session } from '../session';
import { table } from '../table';
import type { Terminal } from '../terminal';

type Options = SecretPlace & { readonly tokenFile?: string; readonly requestScopes?: string };

/** `client doctor`: why a third party's calls fail. */
export function addDoctor(program: Command, open: () => Promise<Session>, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .summary('find out why calls fail')
    .description(
      'Looks for the ten mistakes that keep third parties out, and says how each is mended. It changes nothing, and shows no secret and no token.',
    )
    .argument('[client]', "the client's name or id; without it, only the deployment is looked at")
    .option('--token-file <path>', 'a token that is refused; - is standard input')
    .option('--request-scopes <scopes>', 'the scopes that the third party asks for, just as it writes them');
  withSource(command)
    .addHelpText(
      'after',
      examples(
        'doctor',
        'doctor acme --secret-file acme.json',
        'doctor --token-file refused.jwt',
        'doctor acme --request-scopes users.read --json',
      ),
    )
    .action(async (client: string | undefined, options: Options) => {
      if (options.tokenFile === '-' && options.secretFile === '-')
        throw new Failure('Standard input can be the token or the secret, not both.', exitCodes.usage);
      const findings = await diagnose(open, client, options);
      report(terminal, findings);
    });
}

async function diagnose(
  open: () => Promise<Session>,
  client: string | undefined,
  options: Options,
): Promise<readonly Finding[]> {
  try {
    const session = await open();
    const complaint: Complaint = {
      ...options,
      client,
      token: await readToken(session, options.tokenFile),
      requestScopes: [...parseScopes(options.requestScopes)],
    };
    return examine(await gatherFacts(session, complaint));
  } catch (error) {
    if (!(error instanceof NoDeployment)) throw error;
    return findNoDeployment(error.what, error.cure);
  }
}

async function readToken({ terminal, env }: Session, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return path === '-' ? terminal.readInput() : readText(resolvePath(env, path));
}

/** @throws Failure if there are problems, so that a script notices */
function report(terminal: Terminal, findings: readonly Finding[]): void {
  const problems = findings.filter(({ status }) => status === 'problem').length;
  const marks = { ok: 'ok', problem: 'PROBLEM', skipped: '-' };
  const rows = findings.flatMap((finding) => [
    [marks[finding.status], finding.check, finding.detail],
    ...(finding.status === 'problem' ? [['', 'cure', finding.cure]] : []),
  ]);
  terminal.print({ problems, findings }, table(rows));
  if (problems > 0)
    throw new Failure(
      `${problems} ${problems === 1 ? 'problem was' : 'problems were'} found.`,
      exitCodes.problems,
    );
}
