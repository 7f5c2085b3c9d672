import type { Command } from 'commander';

/** Formats a command line, as it is called from the project's folder. */
export function commandLine(args: readonly string[]): string {
  return ['npm run client --', ...args.map(quote)].join(' ');
}

/** Formats examples for `--help`. */
export function examples(...commands: readonly string[]): string {
  return ['\nExamples:', ...commands.map((command) => `  npm run client -- ${command}`)].join('\n');
}

/** Adds the option that confirms a destructive command in advance. */
export function withYes(command: Command): Command {
  return command.option('--yes', 'do not ask', false);
}

/** An argument for a POSIX shell. Placeholders such as `<name>` are for people, and stay as they are. */
function quote(argument: string): string {
  return /^([\w+=,.@/:-]+|<[\w-]+>)$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
