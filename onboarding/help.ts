import type { Command } from 'commander';

/** How the command line is called from the project's folder. */
const CALL = 'npm run client --';

/** Formats examples for `--help`. */
export function examples(...commands: readonly string[]): string {
  return ['\nExamples:', ...commands.map((command) => `  ${CALL} ${command}`)].join('\n');
}

/** Adds the option that confirms a destructive command in advance. */
export function withYes(command: Command): Command {
  return command.option('--yes', 'do not ask', false);
}
