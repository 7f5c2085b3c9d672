import { Command, CommanderError } from 'commander';
import { describeError } from './aws/describe-error';
import { addCreate } from './commands/create';
import { addDelete } from './commands/delete';
import { addDisable } from './commands/disable';
import { addDoctor } from './commands/doctor';
import { addEnable } from './commands/enable';
import { addList } from './commands/list';
import { addRetire } from './commands/retire';
import { addRotate } from './commands/rotate';
import { addShow } from './commands/show';
import { addToken } from './commands/token';
import { CommandError, exitCodes } from './command-error';
import { examples } from './help';
import { type CommonOptions, openSession } from './session';
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
  const program = createProgram(streams);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Commander has printed the message, or the help that was requested.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    streams.stderr.write(`${describeError(error)}\n`);
    return error instanceof CommandError ? error.exitCode : exitCodes.failed;
  }
}

function createProgram(streams: ProcessStreams): Command {
  const { stdout, stderr } = streams;
  const program = new Command('client')
    .description(
      'Onboards third parties: app clients in Amazon Cognito, and the list of those that may call the API.',
    )
    .option('--deployment <name>', 'which deployment', 'cognito-resource-server')
    .option('--region <region>', 'its AWS Region; by default AWS_REGION or that of the profile')
    .option('--local', 'the emulator that `npm run local` has started, instead of AWS')
    .option('--json', 'print the result as JSON')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .addHelpText('after', EXIT_CODES)
    .addHelpText('after', examples('create acme --scopes users.read', 'doctor acme', '--local list'))
    .showHelpAfterError('--help says more.')
    .exitOverride();
  const options = () => program.opts<CommonOptions>();
  const terminal = new Terminal(streams, () => options().json ?? false);
  const open = () => openSession(options(), terminal, streams.env);
  for (const add of [
    addCreate,
    addList,
    addShow,
    addRotate,
    addRetire,
    addDisable,
    addEnable,
    addDelete,
    addToken,
    addDoctor,
  ])
    add(program, open, terminal);
  return program;
}
