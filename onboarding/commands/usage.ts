import { type Command, InvalidArgumentError, Option } from 'commander';
import { findClient } from '../find-client';
import { CommandError, exitCodes } from '../command-error';
import { examples } from '../help';
import type { DayOfUsage } from '../registry/client-registry';
import type { CommonOptions, Session } from '../session';
import { table } from '../table';

const BAR_WIDTH = 40;

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly csv?: boolean;
}

/** `client usage`: shows how much a client calls. */
export function addUsage(program: Command, open: () => Promise<Session>): void {
  program
    .command('usage')
    .summary('show how much a client calls')
    .description(
      'Shows by UTC day how many requests a client made, how many were refused (401, 403) and how many were beyond its limits (429). Days without requests are left out.',
    )
    .argument('<client>', 'its name or id')
    .addOption(dayOption('--from <day>', 'the first day, YYYY-MM-DD; by default 29 days before the last'))
    .addOption(dayOption('--to <day>', 'the last day; by default today'))
    .option('--csv', 'print comma-separated values')
    .addHelpText(
      'after',
      examples('usage acme', 'usage acme --from 2026-11-01 --to 2026-11-30 --csv > acme.csv'),
    )
    .action(async (idOrName: string, options: Options) => {
      if (options.csv && program.opts<CommonOptions>().json)
        throw new CommandError('Give --csv or --json, not both.', exitCodes.usage);
      await usage(await open(), idOrName, options);
    });
}

async function usage(session: Session, idOrName: string, { from, to, csv }: Options): Promise<void> {
  const { registry, terminal } = session;
  const { id, name } = await findClient(session, idOrName);
  const days = await registry.usage(id, { from, to });
  if (csv) terminal.printRaw(formatCsv(days));
  else terminal.print({ clientId: id, clientName: name, days }, describeUsage(name, days));
}

function formatCsv(days: readonly DayOfUsage[]): string {
  return [
    'day,requests,refused,limited',
    ...days.map(({ day, requests, refused, limited }) => [day, requests, refused, limited].join(',')),
  ].join('\n');
}

/** A row and a bar for each day, and the sums. */
function describeUsage(name: string, days: readonly DayOfUsage[]): string {
  if (days.length === 0) return `${name} made no requests on these days.`;
  const most = Math.max(...days.map(({ requests }) => requests), 1);
  const sum = (member: 'requests' | 'refused' | 'limited') =>
    days.reduce((total, day) => total + day[member], 0);
  return table([
    ['DAY', 'REQUESTS', 'REFUSED', 'LIMITED', ''],
    ...days.map(({ day, requests, refused, limited }) => [
      day,
      ...[requests, refused, limited].map(String),
      '█'.repeat(Math.ceil((requests / most) * BAR_WIDTH)),
    ]),
    ['total', ...(['requests', 'refused', 'limited'] as const).map((member) => String(sum(member))), ''],
  ]);
}

function dayOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const date = new Date(`${text}T00:00:00Z`);
    // Not the 30th of February, which JavaScript takes for a day in March.
    if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10)
      return text;
    throw new InvalidArgumentError('Expected a day, YYYY-MM-DD.');
  });
}
