import { type InProcessService, inProcessService } from '../support/in-process-service';
import { until } from '../support/until';

jest.setTimeout(30_000);

const THINGS = '/api/v1/things';
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';
const TWO_HOSTS = 'GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n';

let running: InProcessService;

beforeAll(async () => {
  running = await inProcessService();
});

beforeEach(() => void running.log.splice(0));

afterAll(() => running.close());

function list(): string {
  return `GET ${THINGS} HTTP/1.1\r\n${running.authorization}\r\n`;
}

function create(label: string): string {
  const body = JSON.stringify({ label });
  const head = `POST ${THINGS} HTTP/1.1\r\n${running.authorization}Content-Type: application/json`;
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function thingsLabelled(label: string): Promise<readonly unknown[]> {
  return running.query(`SELECT FROM things WHERE label = '${label}'`);
}

/** The log lines of requests, as soon as there are so many. */
function lines(count: number) {
  return until(`${count} requests to be logged`, () => running.requests.length >= count && running.requests);
}

function statuses(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status!);
}

it('answers pipelined requests in their order', async () => {
  const connection = running.connect();
  connection.write(list() + LIVEZ + create('in order') + LIVEZ.replace('livez', 'nothing'));
  await connection.until(/ 404 /);
  expect(statuses(connection.received)).toEqual(['200', '200', '201', '404']);
  expect(await lines(4)).toHaveLength(4);
});

it('begins a request when the one before it is answered', async () => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(list() + list());
  await lock.waiters(1);
  // Asked on another connection, so that the second of the two has had its chance.
  expect((await fetch(`http://127.0.0.1:${running.service.port}/livez`)).status).toBe(200);
  await lock.waiters(1);
  await lock.release();
  await connection.until(/ 200 [^]* 200 /);
  expect(statuses(connection.received)).toEqual(['200', '200']);
  await lines(3);
});

it('does not execute what is pipelined behind an answer that closes the connection', async () => {
  const connection = running.connect();
  connection.write(TWO_HOSTS + create('behind') + LIVEZ);
  await connection.closed();
  expect(statuses(connection.received)).toEqual(['400']);
  expect(await lines(3)).toMatchObject([
    { status: 400, msg: 'request completed' },
    { method: 'POST', msg: 'request aborted' },
    { method: 'GET', msg: 'request aborted' },
  ]);
  expect(await thingsLabelled('behind')).toEqual([]);
});

it('does not execute what comes while it waits for the client to close the connection', async () => {
  const connection = running.connect();
  connection.write(TWO_HOSTS);
  await connection.until(/requestId/);
  connection.write(create('after the end'));
  await connection.closed();
  expect(statuses(connection.received)).toEqual(['400']);
  await lines(2);
  expect(await thingsLabelled('after the end')).toEqual([]);
  expect(running.requests).toMatchObject([{ status: 400 }, { method: 'POST', msg: 'request aborted' }]);
});

it.each([
  ['requests', () => LIVEZ.repeat(20)],
  ['bytes', () => LIVEZ.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`).repeat(5)],
])('cuts a connection off on which too many %s wait, and logs each request', async (_, pipelined) => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(list() + pipelined());
  await connection.closed();
  await lock.release();
  expect(connection.received).toBe('');
  // All of the requests that came with the one that was too much; the rest is not read.
  for (const line of await lines(3)) expect(line).toMatchObject({ msg: 'request aborted' });
});

it('counts only bytes that come while requests wait', async () => {
  const connection = running.connect();
  const long = LIVEZ.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
  for (const count of [1, 2, 3]) {
    connection.write(long);
    await until(`answer ${count}`, () => statuses(connection.received).length === count);
  }
  connection.write(LIVEZ + LIVEZ);
  await until('all answers', () => statuses(connection.received).length === 5);
  await lines(5);
});

it('lets 16 requests wait', async () => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(list() + LIVEZ.repeat(16));
  await lock.waiters(1);
  await lock.release();
  await until('17 answers', () => statuses(connection.received).length === 17);
  await lines(17);
});

it('survives a thousand requests that are never read', async () => {
  const connection = running.connect();
  connection.pause();
  connection.write('GET /docs/inter.woff2 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  expect(await lines(1000)).toHaveLength(1000);
  for (const line of running.requests) expect(line).not.toHaveProperty('status');
});

it('logs every request of a connection that is cut while it is pipelined', async () => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(list() + LIVEZ + create('never').slice(0, -10));
  await lock.waiters(1);
  connection.destroy();
  expect(await lines(3)).toMatchObject(
    ['GET', 'GET', 'POST'].map((method) => ({ method, msg: 'request aborted' })),
  );
  await lock.release();
});
