import { once } from 'node:events';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { pipe, readPipe } from '../support/pipe';
import { preload, type ProcessOptions, serviceEnvironment, ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

jest.setTimeout(60_000);

/** Requests that are made at once. */
const CALLERS = 20;
/** In blocks of 512 bytes: full soon after the start. */
const FULL_AFTER = 64;
/** What makes the service throw where nothing catches it. */
const FAULT_SIGNAL = 'SIGUSR2';

let jwks: JwksServer;
let database: TestDatabase;
let agent: Agent;
let service: ServiceProcess;
let sent: number;

beforeAll(async () => {
  jwks = await jwksServer(new UserPool().jwks);
  database = await testDatabase();
});

beforeEach(() => {
  sent = 0;
  agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
});

afterEach(async () => {
  agent.destroy();
  await service.kill();
});

afterAll(async () => {
  await jwks.close();
  await database.drop();
});

async function start(options: ProcessOptions): Promise<void> {
  const environment = serviceEnvironment({
    COGNITO_JWKS_URI: jwks.url,
    DATABASE_URL: database.url,
    NODE_OPTIONS: preload('throw-on-sigusr2'),
  });
  service = new ServiceProcess(environment, [], options);
  if (options.stdout) closeSync(options.stdout.writer);
  await service.readiness('ok');
}

/** The status of an answer. */
async function ask(path: string): Promise<number> {
  const [answer] = (await once(get((await service.url()) + path, { agent }), 'response')) as [
    IncomingMessage,
  ];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode!;
}

/** Makes requests that are logged. */
async function makeRequests(count: number): Promise<void> {
  sent += count;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let made = 0; made < count / CALLERS; made += 1) await ask('/api');
    }),
  );
}

async function metric(name: string): Promise<number> {
  const port = (await service.logged('listening'))['metricsPort'] as number;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Makes requests until the log is not written any more. */
async function blockLog(): Promise<void> {
  await until('lines to wait', async () => {
    await makeRequests(10 * CALLERS);
    return (await metric('log_bytes_waiting')) > 0;
  });
}

/** Makes requests until lines are lost. */
async function loseLines(): Promise<void> {
  // For as long as it takes: on a busy machine, megabytes of lines are many seconds of requests.
  while ((await metric('log_lines_dropped_total')) === 0) await makeRequests(50 * CALLERS);
}

async function expectExit(code: number): Promise<void> {
  expect(await once(service.child, 'exit')).toEqual([code, null]);
}

/** Expects each request's line to be there once, whole and in order, or to be counted as dropped. */
async function expectEveryLine(): Promise<void> {
  const { dropped } = await service.logged('log lines dropped');
  expect(dropped).toBe(await metric('log_lines_dropped_total'));
  const lines = await until('every line', () => {
    const requests = service.log.filter(({ method }) => method !== undefined);
    return requests.length + Number(dropped) >= sent && requests;
  });
  expect(lines.length + Number(dropped)).toBe(sent);
  expect(service.log).toHaveLength(service.lines.length);
  expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length);
  const times = service.log.map(({ time }) => String(time));
  expect(times).toEqual([...times].sort());
}

const kinds: [string, () => ProcessOptions][] = [
  [
    'a pipe',
    () => {
      const ends = pipe();
      return { stdout: { writer: ends.writer, reader: readPipe(ends) } };
    },
  ],
  ['a socket', () => ({})],
];

describe.each(kinds)('a log that goes to %s whose reader stalls', (_, options) => {
  beforeEach(async () => {
    await start(options());
    service.stdout.pause();
  });

  it('holds no request up, and says how many lines are missing once it is read again', async () => {
    await loseLines();
    expect(await ask('/livez')).toBe(200);
    expect(await metric('log_bytes_waiting')).toBeGreaterThan(0);
    service.stdout.resume();
    await expectEveryLine();
    expect(await metric('log_bytes_waiting')).toBe(0);
    await makeRequests(CALLERS);
    await expectEveryLine();
  });

  it('does not keep the process from ending', async () => {
    await blockLog();
    service.child.kill('SIGTERM');
    await expectExit(0);
  });
});

describe.each(kinds)('a log that goes to %s whose reader is gone', (_, options) => {
  it('holds up neither requests nor the end of the process', async () => {
    await start(options());
    await service.url();
    service.stdout.destroy();
    await blockLog();
    expect(await ask('/livez')).toBe(200);
    service.child.kill('SIGTERM');
    await expectExit(0);
  });
});

describe('a log that goes to a file on a full volume', () => {
  let directory: string;
  let tail: ChildProcess;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'test-log-'));
    const file = join(directory, 'log');
    const writer = openSync(file, 'a');
    tail = spawn('tail', ['--bytes=+1', '--follow', '--sleep-interval=0.05', file], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // In place of a full volume, which takes privileges to make: a write beyond the limit fails, one across it is cut.
    const launcher = ['sh', '-c', `ulimit -S -f ${FULL_AFTER} && exec "$0" "$@"`];
    await start({ stdout: { writer, reader: tail.stdout! }, launcher });
  });

  afterEach(() => {
    tail.kill();
    rmSync(directory, { recursive: true });
  });

  it('holds no request up, and says how many lines are missing once there is room', async () => {
    await loseLines();
    expect(await ask('/livez')).toBe(200);
    execFileSync('prlimit', [`--pid=${service.child.pid}`, '--fsize=unlimited:']);
    await expectEveryLine();
  });

  it('does not keep the process from ending', async () => {
    await blockLog();
    service.child.kill('SIGTERM');
    await expectExit(0);
  });

  it('does not keep a process from ending that has a fault', async () => {
    await blockLog();
    service.child.kill(FAULT_SIGNAL);
    await expectExit(1);
  });
});

it('ends with what was fatal', async () => {
  await start({});
  service.child.kill(FAULT_SIGNAL);
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.log.slice(-2)).toMatchObject([
    { level: 'fatal', msg: 'uncaughtException', err: { message: 'planted' } },
    { msg: 'stopped' },
  ]);
});

describe('a start that fails', () => {
  const device = () => openSync('/dev/full', 'w');
  const stalled = () => {
    const { writer } = pipe();
    const filler = openSync(`/proc/self/fd/${writer}`, constants.O_WRONLY | constants.O_NONBLOCK);
    expect(() => {
      for (;;) writeSync(filler, 'x'.repeat(4_096));
    }).toThrow('EAGAIN');
    closeSync(filler);
    return writer;
  };
  const gone = () => {
    const { writer, reader } = pipe();
    closeSync(reader);
    return writer;
  };

  it.each([
    ['is full', device],
    ['is not read', stalled],
    ['has lost its reader', gone],
  ])('ends with exit code 1 though standard error %s', async (_, open) => {
    const stderr = open();
    service = new ServiceProcess({}, [], { stderr });
    closeSync(stderr);
    await expectExit(1);
  });
});
