import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JWKS endpoint that answers as a test configures it, and counts requests. */
export interface JwksServer {
  readonly url: string;
  /** Requests so far. */
  readonly requests: number;
  /** Sets the answer from now on: a document, or anything that a listener can do. */
  serve(answer: object | RequestListener): void;
  /** Resolves when it has received so many requests since the start. */
  requested(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a JWKS endpoint on a free loopback port. */
export async function jwksServer(answer: object | RequestListener): Promise<JwksServer> {
  let listener = toListener(answer);
  let requests = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((req, res) => {
    requests += 1;
    listener(req, res);
    const due = waiting.filter(({ count }) => count <= requests);
    waiting = waiting.filter(({ count }) => count > requests);
    for (const { resolve } of due) resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    get requests() {
      return requests;
    },
    serve(next) {
      listener = toListener(next);
    },
    requested(count) {
      if (requests >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function toListener(answer: object | RequestListener): RequestListener {
  if (typeof answer === 'function') return answer as RequestListener;
  return (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  };
}
