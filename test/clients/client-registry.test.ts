import { ClientRegistry, type ClientRegistryOptions } from '../../src/clients/client-registry';
import type { Caller } from '../../src/auth/caller';
import type { Database } from '../../src/database/database';
import { connected } from '../support/database';
import { registerClient, type RegisteredClient } from '../support/registered-client';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { resetTables, testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(30_000);

const LISTED = '1listed';
const NOW_SECONDS = 1_790_000_000;
const defaultLimits = { requestsPerSecond: 100, burst: 200, requestsPerDay: 0 };

let test: TestDatabase;
let database: Database;
let proxy: TcpProxy;
let registry: ClientRegistry;
let log: Record<string, unknown>[];
/** By how much the monotonic clock is ahead of what has passed. */
let skippedMs: number;

beforeAll(async () => {
  test = await testDatabase();
  database = connected(test.url);
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

beforeEach(async () => {
  proxy = await tcpProxy(test.url);
  log = [];
  registry = create();
  skippedMs = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + skippedMs);
});

afterEach(async () => {
  await registry.stop();
  await proxy.close();
  await resetTables(database);
});

function create(own: Partial<ClientRegistryOptions> = {}): ClientRegistry {
  const write = (fields: object | string, msg?: string) =>
    void log.push(typeof fields === 'string' ? { msg: fields } : { ...fields, msg });
  return new ClientRegistry({
    connection: { server: { connectionString: proxy.url }, ca: undefined },
    listedClientIds: [LISTED],
    defaultLimits,
    maxStaleSeconds: 3600,
    log: { info: write, warn: write },
    ...own,
  });
}

function caller(clientId: string, issuedAt: number | undefined = NOW_SECONDS): Caller {
  return { clientId, issuedAt } as Caller;
}

/** Why a caller is not admitted; `admitted` if it is. */
function admission(clientId: string, issuedAt: number | undefined = NOW_SECONDS, from = registry): string {
  try {
    from.admit(caller(clientId, issuedAt));
    return 'admitted';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

/** Registers a client, and resolves when the registry acts on it. */
async function register(client: RegisteredClient): Promise<void> {
  const version = await registerClient(database, client);
  if (registry.status().polls === 0) await registry.start();
  await reached(version);
}

function reached(version: number): Promise<true> {
  return until(`version ${version}`, () => registry.status().version === version);
}

function failing(): Promise<true> {
  const { failures } = registry.status();
  return until('a failed poll', () => registry.status().failures > failures);
}

/** Resolves when the registry has been read by a statement that had not begun yet. */
function read(): Promise<true> {
  const asked = performance.now();
  return until('the registry to be read', () => {
    const { ageSeconds = Infinity } = registry.status();
    return performance.now() - ageSeconds * 1000 > asked;
  });
}

/** The heartbeats, this task's included: version and age in seconds. */
function tasks(): Promise<{ id: string; confirmed_version: number }[]> {
  return database.query('SELECT id, confirmed_version FROM service_tasks');
}

async function addTask(ageSeconds: number): Promise<void> {
  await database.query(
    'INSERT INTO service_tasks SELECT gen_random_uuid(), 0, now() - make_interval(secs => $1)',
    [ageSeconds],
  );
}

describe('a registry that was never read', () => {
  it('admits no client, a listed one neither', () => {
    expect(admission(LISTED)).toBe('clients_unavailable');
    expect(registry.status()).toMatchObject({
      state: 'never_read',
      ageSeconds: undefined,
      version: undefined,
    });
  });

  it('answers 503 with Retry-After', () => {
    expect(() => registry.admit(caller(LISTED))).toThrow(
      expect.objectContaining({
        status: 503,
        code: 'clients_unavailable',
        headers: { 'Retry-After': '2' },
      }),
    );
  });

  it('is read as soon as PostgreSQL can be reached', async () => {
    await proxy.refuse();
    await registry.start();
    expect(admission(LISTED)).toBe('clients_unavailable');
    expect(registry.status()).toMatchObject({ state: 'never_read', polls: 1, failures: 1 });
    await proxy.resume();
    await read();
    expect(admission(LISTED)).toBe('admitted');
  });

  it('is read as soon as its tables exist', async () => {
    await database.query('ALTER TABLE client_registry RENAME TO elsewhere');
    await registry.start();
    expect(registry.status().state).toBe('never_read');
    await database.query('ALTER TABLE elsewhere RENAME TO client_registry');
    await read();
  });

  it('stays unread where it was stopped before its start', async () => {
    await registry.stop();
    await registry.start();
    expect(registry.status().polls).toBe(0);
  });
});

describe('a client', () => {
  it('that is listed and not registered is admitted without a name, with the default limits', async () => {
    await registry.start();
    expect(registry.admit(caller(LISTED))).toEqual({ id: LISTED, name: null, limits: defaultLimits });
  });

  it.each([
    ['neither listed nor registered', '2other'],
    ['whose id is the beginning of a listed one', LISTED.slice(0, -1)],
    ['whose id differs from a listed one in case', LISTED.toUpperCase()],
    ['named like a property that every object has', 'constructor'],
  ])('%s is refused', async (_, id) => {
    await registry.start();
    expect(admission(id)).toBe('client_not_allowed');
  });

  it('that is registered is admitted with its name and limits', async () => {
    await register({ id: '2acme', name: 'acme', requestsPerSecond: 5 });
    expect(registry.admit(caller('2acme'))).toMatchObject({
      id: '2acme',
      name: 'acme',
      limits: { requestsPerSecond: 5, burst: 10, requestsPerDay: 0 },
    });
  });

  it.each(['2acme', LISTED])('%s is refused while it is disabled', async (id) => {
    await register({ id, enabled: false });
    expect(admission(id)).toBe('client_disabled');
    await register({ id, enabled: true });
    expect(admission(id)).toBe('admitted');
  });

  it.each(['2acme', LISTED])('%s is refused as unknown when it was deleted', async (id) => {
    await register({ id, enabled: true, deleted: true });
    expect(admission(id)).toBe('client_not_allowed');
  });

  it.each<[string, number | undefined, string]>([
    ['issued before', NOW_SECONDS - 1, 'token_revoked'],
    ['issued in that second', NOW_SECONDS, 'token_revoked'],
    ['issued at the end of that second', NOW_SECONDS + 0.999, 'token_revoked'],
    ['of an unknown age', undefined, 'token_revoked'],
    ['issued after', NOW_SECONDS + 1, 'admitted'],
  ])('whose tokens are revoked is judged by its token: one %s', async (_, issuedAt, outcome) => {
    await register({ id: LISTED, tokensValidFrom: NOW_SECONDS });
    // A default parameter would take the place of `undefined`.
    const judge = () => registry.admit({ clientId: LISTED, issuedAt } as Caller);
    if (outcome === 'admitted') expect(judge).not.toThrow();
    else expect(judge).toThrow(expect.objectContaining({ reason: outcome }));
  });

  it('needs no time of issue while nothing is revoked', async () => {
    await registry.start();
    expect(() => registry.admit({ clientId: LISTED, issuedAt: undefined } as Caller)).not.toThrow();
  });
});

describe('a change', () => {
  it('that is not committed yet is not missed when another is', async () => {
    await registry.start();
    const first = connected(test.url);
    let commit!: () => void;
    const committing = new Promise<void>((resolve) => (commit = resolve));
    let begun!: () => void;
    const begins = new Promise<void>((resolve) => (begun = resolve));
    const slow = first.transaction(async (transaction) => {
      await registerClient(transaction, { id: '2slow' });
      begun();
      await committing;
    });
    await begins;
    const later = registerClient(database, { id: '3later' });
    await read();
    expect(registry.status().version).toBe(0);
    commit();
    await slow;
    await reached(await later);
    expect([admission('2slow'), admission('3later')]).toEqual(['admitted', 'admitted']);
    await first.close();
  });

  it('is confirmed when this task acts on it', async () => {
    await registry.start();
    const version = await registerClient(database, { id: '2acme' });
    await until('the confirmation', async () => {
      const [task] = await tasks();
      if (task!.confirmed_version === version) expect(admission('2acme')).toBe('admitted');
      return task!.confirmed_version === version;
    });
  });

  it('is read without those before it', async () => {
    await registerClient(database, { id: '2first' });
    await registry.start();
    await register({ id: '3second' });
    const reads = log.filter(({ msg }) => msg === 'client registry read');
    expect(reads).toMatchObject([
      { version: 1, changed: 1 },
      { version: 2, changed: 1 },
    ]);
    expect(registry.status().clients).toBe(2);
  });

  it('is read while all other connections are in use', async () => {
    await registry.start();
    const busy = connected(test.url, { poolSize: 1 });
    const blocked = busy.query('SELECT pg_sleep(60)').catch(() => undefined);
    await register({ id: '2acme' });
    await busy.close();
    await blocked;
  });
});

describe('a snapshot', () => {
  beforeEach(async () => {
    await registerClient(database, { id: '2disabled', enabled: false });
    await registry.start();
  });

  it('is good for five seconds', () => {
    skippedMs = 4_000;
    expect(admission(LISTED)).toBe('admitted');
    expect(registry.status().state).toBe('current');
  });

  it('that is older is not used where no poll has failed, since this task has slept', async () => {
    skippedMs = 6_000;
    expect(admission(LISTED)).toBe('clients_unavailable');
    expect(registry.status().state).toBe('stale');
    await read();
    expect(admission(LISTED)).toBe('admitted');
  });

  it.each<[string, () => void | Promise<void>]>([
    ['refuses connections', () => proxy.refuse()],
    ['says nothing', () => proxy.hang()],
  ])('serves while PostgreSQL %s', async (_, lose) => {
    await lose();
    await failing();
    skippedMs = 3_000_000;
    expect([admission(LISTED), admission('2disabled'), admission('3unknown')]).toEqual([
      'admitted',
      'client_disabled',
      'client_not_allowed',
    ]);
    expect(registry.status().state).toBe('stale');
    expect(registry.status().ageSeconds).toBeGreaterThan(3_000);
  });

  it('does not serve for longer than allowed', async () => {
    await proxy.refuse();
    await failing();
    skippedMs = 3_601_000;
    expect([admission(LISTED), admission('2disabled')]).toEqual([
      'clients_unavailable',
      'clients_unavailable',
    ]);
    expect(registry.status().state).toBe('too_stale');
    await proxy.resume();
    await read();
    expect(admission(LISTED)).toBe('admitted');
  });

  it('is not used after an outage either where this task has slept', async () => {
    await proxy.refuse();
    await failing();
    await proxy.resume();
    await read();
    skippedMs = 6_000;
    expect(admission(LISTED)).toBe('clients_unavailable');
  });

  it('is not kept in use by a poll that this task held up', async () => {
    proxy.hang();
    const { polls, failures } = registry.status();
    await until('a poll', () => registry.status().polls > polls);
    skippedMs = 10_000;
    await until('its end', () => registry.status().failures > failures);
    expect(admission(LISTED)).toBe('clients_unavailable');
    expect(log).not.toContainEqual(expect.objectContaining({ msg: 'client registry cannot be read' }));
    await proxy.resume();
    await read();
  });

  it('never goes back to an earlier version, as after a restore', async () => {
    await register({ id: '3late', enabled: false });
    await database.query('DELETE FROM clients WHERE version > 1');
    await database.query('UPDATE client_registry SET version = 1');
    await failing();
    expect(admission('3late')).toBe('client_disabled');
    expect(registry.status().version).toBe(2);
    expect(log.at(-1)).toMatchObject({
      msg: 'client registry cannot be read',
      err: { message: 'the client registry went back from version 2 to 1' },
    });
  });

  it('is not taken for one where the version is missing', async () => {
    await database.query('DELETE FROM client_registry');
    await failing();
    expect(admission('2disabled')).toBe('client_disabled');
  });

  it('has its outage logged once, and its end', async () => {
    await proxy.refuse();
    await failing();
    await failing();
    await proxy.resume();
    await read();
    await until('the end in the log', () => log.at(-1)?.['msg'] === 'client registry can be read again');
    const outages = log.filter(({ msg }) => msg === 'client registry cannot be read');
    expect(outages).toMatchObject([{ err: expect.any(Error) }]);
  });
});

describe('the running tasks', () => {
  it('are counted, this one included', async () => {
    const other = create();
    await other.start();
    await registry.start();
    expect(registry.status().tasks).toBe(2);
    await until('the other to count both', () => other.status().tasks === 2);
    await other.stop();
    await until('the other to be gone', async () => (await tasks()).length === 1);
  });

  it('are those that were seen within five seconds', async () => {
    await addTask(3);
    await addTask(7);
    await registry.start();
    expect(registry.status().tasks).toBe(2);
  });

  it('are forgotten when they are not seen any more', async () => {
    await addTask(3);
    await registry.start();
    expect(registry.status().tasks).toBe(2);
    await database.query(`UPDATE service_tasks SET seen_at = seen_at - interval '3 seconds'`);
    // Past the time in which this task takes its own start for the end of an outage.
    skippedMs = 4_000;
    await read();
    skippedMs = 8_000;
    await until('one task', () => registry.status().tasks === 1);
  });

  it('are deleted when they have been gone for a minute', async () => {
    await addTask(50);
    await addTask(70);
    await registry.start();
    expect(await tasks()).toHaveLength(2);
  });

  it('are held to be as many as before while PostgreSQL is away, and five seconds longer', async () => {
    await registry.start();
    skippedMs = 6_000;
    await read();
    await read();
    await addTask(0);
    await until('two tasks', () => registry.status().tasks === 2);
    await proxy.refuse();
    await failing();
    await database.query(`UPDATE service_tasks SET seen_at = seen_at - interval '1 minute'`);
    await proxy.resume();
    await read();
    await read();
    expect(registry.status().tasks).toBe(2);
    skippedMs += 6_000;
    // The task has slept, so the others may have, too.
    await read();
    expect(registry.status().tasks).toBe(2);
    skippedMs += 4_000;
    await read();
    skippedMs += 4_000;
    await until('one task', () => registry.status().tasks === 1);
  });

  it('do not include one that has stopped', async () => {
    await registry.start();
    expect(await tasks()).toHaveLength(1);
    await registry.stop();
    expect(await tasks()).toEqual([]);
  });

  it('may stop while PostgreSQL says nothing', async () => {
    await registry.start();
    proxy.hang();
    await registry.stop();
    expect(await tasks()).toHaveLength(1);
  });
});

it('knows the time of PostgreSQL, whatever the clock of this machine', async () => {
  jest.spyOn(Date, 'now').mockReturnValue(0);
  expect(registry.now()).toBe(0);
  await registry.start();
  const [row] = await database.query<{ ms: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
  );
  expect(Math.abs(registry.now() - row!.ms)).toBeLessThan(5_000);
});

it('writes its heartbeat without waiting for the disk', async () => {
  await database.query(
    `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       NEW.seen_at = CASE current_setting('synchronous_commit') WHEN 'off' THEN 'infinity' ELSE NEW.seen_at END;
       RETURN NEW;
     END $$`,
  );
  await database.query(
    'CREATE TRIGGER note BEFORE INSERT ON service_tasks FOR EACH ROW EXECUTE FUNCTION note()',
  );
  await registry.start();
  expect(await database.query(`SELECT FROM service_tasks WHERE seen_at = 'infinity'`)).toHaveLength(1);
});
