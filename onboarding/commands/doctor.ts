import type { Command } from 'commander';
import { DeploymentNotFound } from '../deployment';
import { type DiagnosisInput, gatherContext } from '../doctor/diagnosis-context';
import { runChecks, type Finding, reportMissingDeployment } from '../doctor/run-checks';
import { CommandError, exitCodes } from '../command-error';
import { examples } from '../help';
import { readTextFile, resolvePath, type SecretLocation, withSource } from '../secret-location';
import type { Session } from '../session';
import { table } from '../table';
import type { Terminal } from '../terminal';

type Options = SecretLocation & { readonly tokenFile?: string; readonly requestScopes?: string };

/** `client doctor`: finds out why a third party's calls fail. */
export function addDoctor(program: Command, open: () => Promise<Session>, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .summary('find out why calls fail')
    .description(
      'Checks for ten common mistakes and says how to fix each. It changes nothing, and shows no secret and no token.',
    )
    .argument('[client]', "the client's name or id; without it, only the deployment is checked")
    .option('--token-file <path>', 'a token that is refused; - means standard input')
    .option(
      '--request-scopes <scopes>',
      'the scopes that the third party requests, exactly as it writes them',
    );
  withSource(command)
    .addHelpText(
      'after',
      examples(
        'doctor',
        'doctor acme --secret-file acme.json',
        'doctor --token-file refused.jwt',
        'doctor acme --request-scopes invoices.read --json',
      ),
    )
    .action(async (client: string | undefined, options: Options) => {
      if (options.tokenFile === '-' && options.secretFile === '-')
        throw new CommandError('Standard input can be the token or the secret, not both.', exitCodes.usage);
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
    const input: DiagnosisInput = {
      ...options,
      client,
      token: await readToken(session, options.tokenFile),
      requestScopes: options.requestScopes?.split(' ').filter(Boolean) ?? [],
    };
    return runChecks(await gatherContext(session, input));
  } catch (error) {
    if (!(error instanceof DeploymentNotFound)) throw error;
    return reportMissingDeployment(error.what, error.fix);
  }
}

async function readToken({ terminal, env }: Session, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return path === '-' ? terminal.readInput() : readTextFile(resolvePath(env, path));
}

/** @throws CommandError if there are problems, for the exit code */
function report(terminal: Terminal, findings: readonly Finding[]): void {
  const problems = findings.filter(({ status }) => status === 'problem').length;
  const marks = { ok: 'ok', problem: 'PROBLEM', skipped: '-' };
  const rows = findings.flatMap((finding) => [
    [marks[finding.status], finding.check, finding.detail],
    ...(finding.status === 'problem' ? [['', 'fix', finding.fix]] : []),
  ]);
  terminal.print({ problems, findings }, table(rows));
  if (problems > 0)
    throw new CommandError(
      `${problems} ${problems === 1 ? 'problem was' : 'problems were'} found.`,
      exitCodes.problems,
    );
}
