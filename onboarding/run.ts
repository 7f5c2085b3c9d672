import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { describeError } from './aws/describe-error';
import { addCreate } from './commands/create';
import { addDelete } from './commands/delete';
import { addDisable } from './commands/disable';
import { addDoctor } from './commands/doctor';
import { addEnable } from './commands/enable';
import { addEvents } from './commands/events';
import { addImport } from './commands/import';
import { addLimits } from './commands/limits';
import { addList } from './commands/list';
import { addRetire } from './commands/retire';
import { addRevoke } from './commands/revoke';
import { addRotate } from './commands/rotate';
import { addScopes } from './commands/scopes';
import { addShow } from './commands/show';
import { addToken } from './commands/token';
import { addUsage } from './commands/usage';
import { CommandError, exitCodes } from './command-error';
import { examples } from './help';
import { parseJsonObject } from './parse-json-object';
import { type CommonOptions, openSession, withCommonOptions } from './session';
import { type ProcessStreams, Terminal } from './terminal';

const EXIT_CODES = `
Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.failed}  failed; the message says what to do
  ${exitCodes.usage}  the command line is wrong, or a question could not be answered
  ${exitCodes.problems}  doctor found problems`;

/**
 * Runs one command.
 *
 * @param args the command line, without the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[], streams: ProcessStreams): Promise<number> {
  // Also where the command line is wrong, so that nothing else is known of it.
  const json = args.includes('--json');
  const terminal = new Terminal(streams, json);
  try {
    await createProgram(streams, terminal, json).parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      // For people Commander has printed it.
      if (json) terminal.fail(error.message.replace(/^error: /, ''), exitCodes.usage, error.code);
      return exitCodes.usage;
    }
    const { exitCode, code } =
      error instanceof CommandError ? error : { exitCode: exitCodes.failed, code: nameOf(error) };
    terminal.fail(describeError(error), exitCode, code);
    return exitCode;
  }
}

function createProgram({ stdout, stderr, env }: ProcessStreams, terminal: Terminal, json: boolean): Command {
  const program = withCommonOptions(new Command('client'))
    .description(
      'Manages third parties: app clients in Amazon Cognito, and what the client registry of the API allows them.',
    )
    .version(version(), '--version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => !json && stderr.write(text),
    })
    .addHelpText('after', EXIT_CODES)
    .addHelpText(
      'after',
      examples('create acme --scopes invoices.read --secret-file', 'doctor acme', '--local list'),
    )
    .showHelpAfterError('--help says more.')
    .exitOverride();
  const open = () => openSession(program.opts<CommonOptions>(), terminal, env);
  for (const add of [
    addCreate,
    addList,
    addShow,
    addEnable,
    addDisable,
    addRevoke,
    addScopes,
    addLimits,
    addUsage,
    addEvents,
    addRotate,
    addRetire,
    addDelete,
    addToken,
    addDoctor,
    addImport,
  ])
    add(program, open, terminal);
  return program;
}

function version(): string {
  return String(parseJsonObject(readFileSync(join(__dirname, 'package.json'), 'utf8'))['version']);
}

/** The name of an error of AWS, such as `ThrottlingException`. */
function nameOf(error: unknown): string | undefined {
  return error instanceof Error && '$fault' in error ? error.name : undefined;
}
