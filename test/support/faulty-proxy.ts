import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer that a proxy gives in place of the server behind it. */
export interface Fault {
  readonly status: number;
  /** The code of the problem. */
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a proxy was asked for. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** Stands before a server and answers some requests itself. */
export interface FaultyProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * Starts one on a free loopback port.
 *
 * @param target base URL of the server behind it
 * @param faults answers to the first requests, one each; `undefined` lets one through, as all that follow
 */
export async function faultyProxy(
  target: string,
  faults: readonly (Fault | undefined)[] = [],
): Promise<FaultyProxy> {
  const requests: SeenRequest[] = [];
  const server = createServer((req, res) => {
    const { method = '', url: path = '', headers } = req;
    const fault = faults[requests.length];
    requests.push({ method, path, headers });
    if (fault) {
      req.resume();
      const { status, code = 'fault', headers: own } = fault;
      res.writeHead(status, { 'Content-Type': 'application/problem+json', ...own });
      res.end(JSON.stringify({ status, code, detail: 'A fault', requestId: '0' }));
      return;
    }
    const forwarded = request(new URL(path, target), { method, headers, agent: false }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
    });
    forwarded.on('error', () => res.destroy());
    req.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
