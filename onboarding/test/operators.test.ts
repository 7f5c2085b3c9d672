import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { CommandLine } from './support/command-line';
import { type LocalRun, startLocalRun } from './support/emulator';

/** A run takes some seconds, since each command waits until its change is in force. */
const RUNS = 3;
/** A failure prints its seed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const OPERATORS = ['operators/1', 'operators/2', 'operators/3', 'operators/4'];

jest.setTimeout(300_000);

let local: LocalRun;
let client: CommandLine;

beforeAll(async () => {
  local = await startLocalRun();
  client = new CommandLine(new URL(local.client.tokenUrl).port, dirname(local.clientFile));
  for (const secret of OPERATORS)
    await client.json('create', secret.replace('/', ' '), '--operator', '--secrets-manager', secret);
});
afterAll(() => local.stop());

/** What is set for a client. */
interface State {
  readonly enabled: boolean;
  readonly limits: { readonly burst: number } | null;
}

interface Change {
  readonly from: unknown;
  readonly to: unknown;
}

/** A command, and what it sets. */
type Command = { readonly args: readonly [string, ...string[]] } & Partial<State>;

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constant({ args: ['disable'], enabled: false } satisfies Command),
  fc.constant({ args: ['enable'], enabled: true } satisfies Command),
  fc
    .integer({ min: 1, max: 1000 })
    .map((burst): Command => ({ args: ['limits', '--burst', String(burst)], limits: { burst } })),
);
const commands = fc.array(command, { minLength: 1, maxLength: 3 });

/** The commands of one operator: for a client that it creates, and for one that all change. */
const session = fc.record({ own: commands, shared: commands });

let rounds = 0;

async function registered(id: string): Promise<State> {
  return (await client.json<{ registered: State }>('show', id)).registered;
}

/** The changes of a client, the oldest first. */
async function eventsOf(id: string) {
  const args = ['events', id, '--limit', '1000'];
  const events = await client.json<{ action: string; changes: Record<string, Change> }[]>(...args);
  return events.reverse();
}

it('operators at work at the same time lose none of their changes', async () => {
  const sessions = fc.array(session, { minLength: OPERATORS.length, maxLength: OPERATORS.length });
  await fc.assert(
    fc.asyncProperty(sessions, async (sessions) => {
      rounds += 1;
      const create = async (name: string, ...options: readonly string[]) =>
        (await client.json<{ clientId: string }>('create', name, '--scopes', 'things.read', ...options))
          .clientId;
      const shared = await create(`shared ${rounds}`);

      const own = await Promise.all(
        sessions.map(async (session, index) => {
          const as = ['--operator-secret', OPERATORS[index] ?? ''];
          const id = await create(`own ${rounds}.${index}`, ...as);
          const queue = [
            ...session.own.map(({ args }) => ({ id, args })),
            ...session.shared.map(({ args }) => ({ id: shared, args })),
          ];
          for (const { id, args } of queue) await client.json(args[0], id, ...args.slice(1), ...as);
          return { id, commands: session.own };
        }),
      );

      for (const { id, commands } of own) {
        const expected = commands.reduce<State>(
          (state, { enabled = state.enabled, limits = state.limits }) => ({ enabled, limits }),
          { enabled: true, limits: null },
        );
        expect(await registered(id)).toMatchObject(expected);
      }
      // Each change of the shared client begins with what the one before has left.
      const state: Record<string, unknown> = {};
      for (const { changes } of await eventsOf(shared)) {
        for (const [member, { from, to }] of Object.entries(changes)) {
          expect(from).toEqual(state[member] ?? null);
          state[member] = to;
        }
      }
      expect(await registered(shared)).toMatchObject({
        enabled: state['enabled'],
        limits: state['limits'] ?? null,
      });
      const wanted = sessions.flatMap(({ shared }) => shared);
      for (const { limits } of wanted) {
        if (!limits) continue;
        const written = (await eventsOf(shared)).map(({ changes }) => changes['limits']?.to);
        expect(written).toContainEqual(limits);
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
});
