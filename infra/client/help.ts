import type { Command } from 'commander';

/** How the command line is called from the project's folder. */
const CALL = 'npm --prefix infra run client --';

/** Examples for `--help`. */
export function examples(...commands: readonly string[]): string {
  return ['\nExamples:', ...commands.map((command) => `  ${CALL} ${command}`)].join('\n');
}

/** The option that answers the question that is asked before something is destroyed. */
export function withYes(command: Command): Command {
  return command.option('--yes', 'do not ask', false);
}
