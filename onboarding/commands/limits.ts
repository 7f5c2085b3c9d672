import { type Command, InvalidArgumentError, Option } from 'commander';
import { assertRegistered, findClient } from '../find-client';
import { examples } from '../help';
import type { Limits } from '../registry/client-registry';
import { assertInForce, describeInForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';

const GREATEST = 1_000_000_000;
/** In place of a number. */
const DEFAULT = 'default';

type Limit = number | typeof DEFAULT;

interface Options {
  readonly rate?: Limit;
  readonly burst?: Limit;
  readonly perDay?: Limit;
  readonly defaults?: boolean;
}

/** `client limits`: shows or changes how much a client may call. */
export function addLimits(program: Command, open: () => Promise<Session>): void {
  program
    .command('limits')
    .summary('show or change how much a client may call')
    .description(
      'Sets the limits that are given and leaves the others as they are; without any, shows them. They are for all tasks together.',
    )
    .argument('<client>', 'its name or id')
    .option('--rate <number>', 'requests a second: a whole number, 0 for no limit, or "default"', readLimit)
    .option('--burst <number>', 'how many requests may come at once after a pause', readLimit)
    .option('--per-day <number>', 'requests a UTC day', readLimit)
    .addOption(
      new Option('--defaults', 'return to the defaults of the service').conflicts([
        'rate',
        'burst',
        'perDay',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        'limits acme',
        'limits acme --rate 50 --burst 100',
        'limits acme --per-day default',
        'limits acme --defaults',
      ),
    )
    .action(async (idOrName: string, options: Options) => {
      await limits(await open(), idOrName, options);
    });
}

async function limits(session: Session, idOrName: string, options: Options): Promise<void> {
  const { registry, terminal } = session;
  const found = await findClient(session, idOrName);
  const { id, name } = found;
  const { defaults = false, rate, burst, perDay } = options;
  const changes = Object.entries({ requestsPerSecond: rate, burst, requestsPerDay: perDay }).filter(
    ([, value]) => value !== undefined,
  );
  if (!defaults && changes.length === 0) {
    const { limits } = assertRegistered(session, found, found.registered);
    terminal.print({ clientId: id, clientName: name, limits }, `${name}: ${describeLimits(limits)}.`);
    return;
  }
  const since = performance.now();
  const patch = changes.map(([limit, value]) => [limit, value === DEFAULT ? null : value]);
  const changed = await registry.update(id, {
    limits: defaults ? null : (Object.fromEntries(patch) as Record<string, number | null>),
  });
  const registered = assertRegistered(session, found, changed);
  const inForce = await waitUntilInForce(session, registered, since);
  terminal.print(
    { clientId: id, clientName: name, limits: registered.limits, inForce },
    `${describeInForce(`${name}: ${describeLimits(registered.limits)}. In force`, inForce)}.`,
  );
  assertInForce(inForce, `${session.commandLine('show', id)} shows how far it has come.`);
}

function readLimit(text: string): Limit {
  if (text === DEFAULT) return DEFAULT;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit <= GREATEST) return limit;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${GREATEST}, or "${DEFAULT}".`);
}

/** Describes the limits of a client, such as `50 requests a second, burst as by default, no limit a day`. */
export function describeLimits(limits: Limits | null): string {
  if (!limits) return 'the defaults of the service';
  const { requestsPerSecond, burst, requestsPerDay } = limits;
  return [
    describeRate(requestsPerSecond, 'second'),
    ...(requestsPerSecond === 0 || (burst === undefined && requestsPerSecond === undefined)
      ? []
      : [`a burst of ${burst ?? 2 * (requestsPerSecond ?? 0)}`]),
    describeRate(requestsPerDay, 'day'),
  ].join(', ');
}

function describeRate(limit: number | undefined, unit: string): string {
  if (limit === undefined) return `the default a ${unit}`;
  return limit === 0 ? `any number a ${unit}` : `${limit} requests a ${unit}`;
}
