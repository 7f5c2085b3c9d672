/**
 * Attacks a service with requests whose answers are never read, and with requests that no router takes, and prints how its
 * liveness check answered meanwhile: `{ "asked": 40, "answered": 40, "slowestMs": 12 }`. Runs in a container beside the
 * service, since a published port has a proxy before it that reads what the client does not.
 *
 *     node flood.mjs <host> <port> <path of a large file>
 */
import { get } from 'node:http';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const [host, port, path] = process.argv.slice(2);
const HELD_SECONDS = 10;

/** A connection that sends a text and reads nothing. */
function neverRead(text) {
  const socket = connect({ host, port: Number(port) });
  socket.pause().on('error', () => undefined);
  socket.write(text);
  return socket;
}

const pipelined = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(1_250);
const withoutTarget = 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n';

async function isAlive() {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/livez', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    request.setTimeout(5_000, () => request.destroy()).on('error', () => resolve(false));
  });
}

const sockets = [
  ...Array.from({ length: 3 }, () => neverRead(pipelined)),
  ...Array.from({ length: 1_000 }, () => neverRead(withoutTarget)),
];

const result = { asked: 0, answered: 0, slowestMs: 0 };
const end = performance.now() + HELD_SECONDS * 1_000;
while (performance.now() < end) {
  const began = performance.now();
  result.asked++;
  if (await isAlive()) result.answered++;
  result.slowestMs = Math.max(result.slowestMs, Math.round(performance.now() - began));
  await delay(250);
}
for (const socket of sockets) socket.destroy();
process.stdout.write(JSON.stringify(result));
