import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

const LOOPBACK = Object.values(networkInterfaces()).flatMap((addresses = []) =>
  addresses.filter(({ internal }) => internal).map(({ address }) => address),
);
const SCRIPT = join(__dirname, '..', '..', 'docker', 'health-check.mjs');

let server: Server;
let status: number;
let paths: string[];

beforeEach(() => {
  status = 200;
  paths = [];
  server = createServer((req, res) => {
    paths.push(req.url!);
    res.writeHead(status).end();
  });
});

afterEach(() => server.close());

async function listen(host: string): Promise<string> {
  server.listen(0, host);
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

/** Exit code of the health check. */
async function check(environment: Record<string, string>, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: environment, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  return code;
}

it('finds a service by its port alone', async () => {
  expect(await check({ PORT: await listen('0.0.0.0') })).toBe(0);
  expect(paths).toEqual(['/livez']);
});

it.each([
  ['0.0.0.0'],
  ['127.0.0.2'],
  ['localhost'],
  // A machine or container may be without IPv6.
  ...(LOOPBACK.includes('::1') ? [['::'], ['::1']] : []),
])('finds a service that listens on %s', async (HOST) => {
  expect(await check({ HOST, PORT: await listen(HOST) })).toBe(0);
  expect(paths).toEqual(['/livez']);
});

it.each([
  ['503', 503],
  ['404', 404],
])('fails where the answer is %s', async (_, code) => {
  status = code;
  expect(await check({ PORT: await listen('127.0.0.1') })).toBe(1);
});

it('fails where no service listens', async () => {
  const PORT = await listen('127.0.0.1');
  server.close();
  await once(server, 'close');
  expect(await check({ PORT })).toBe(1);
});

it('asks for the path, or the URL, that it is given', async () => {
  const port = await listen('127.0.0.1');
  expect(await check({ PORT: port }, '/readyz')).toBe(0);
  expect(await check({ PORT: '1' }, `http://127.0.0.1:${port}/elsewhere`)).toBe(0);
  expect(paths).toEqual(['/readyz', '/elsewhere']);
});
