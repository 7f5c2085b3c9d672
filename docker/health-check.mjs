// Exits 0 if a URL is answered with a status of success, for images without curl.
// usage: node health-check.mjs [URL, or path of the service in this container]     (default: /livez)
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { URL } from 'node:url';

const { HOST, PORT } = process.env;
// A service that listens on every address listens on this one.
const address = !HOST || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
const service = `http://${isIPv6(address) ? `[${address}]` : address}:${PORT || 3000}`;
const url = new URL(process.argv[2] ?? '/livez', service);

function end(code, result) {
  process.stdout.write(`${url.href}: ${result}\n`);
  process.exit(code);
}

get(url, { agent: false }, ({ statusCode }) => end(statusCode < 400 ? 0 : 1, statusCode))
  .setTimeout(3_000, () => end(1, 'no answer'))
  .on('error', (error) => end(1, error.message));
