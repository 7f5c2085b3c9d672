import { Command, CommanderError } from 'commander';
import { explain } from './aws-errors';
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
import { exitCodes, Failure } from './failure';
import { examples } from './help';
import { type CommonOptions, openSession } from './session';
import { type Surroundings, Terminal } from './terminal';

const EXIT_CODES = `
Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.failed}  failed; the message says what would help
  ${exitCodes.usage}  the command line is wrong, or a question could not be asked
  ${exitCodes.problems}  doctor has found problems`;

/**
 * Runs one command.
 *
 * @param args the command line, without the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram(surroundings);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // It has written its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    surroundings.stderr.write(`${explain(error)}\n`);
    return error instanceof Failure ? error.exitCode : exitCodes.failed;
  }
}

function createProgram(surroundings: Surroundings): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command('client')
    .description(
      'Onboards third parties: app clients in Amazon Cognito, and the list of those that the API lets in.',
    )
    .option('--deployment <name>', 'which deployment', 'cognito-resource-server')
    .option('--region <region>', 'its AWS Region; else AWS_REGION or the profile says it')
    .option('--local', 'the stand-in that `npm run local` has started, instead of AWS')
    .option('--json', 'print the result as JSON')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .addHelpText('after', EXIT_CODES)
    .addHelpText('after', examples('create acme --scopes users.read', 'doctor acme', '--local list'))
    .showHelpAfterError('--help says more.')
    .exitOverride();
  const options = () => program.opts<CommonOptions>();
  const terminal = new Terminal(surroundings, () => options().json ?? false);
  const open = () => openSession(options(), terminal, surroundings.env);
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
