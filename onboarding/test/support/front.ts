import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ClientFile } from './emulator';

/** What happens to a request: with a status it is answered here, else it is forwarded and headers of the answer change. */
interface Change {
  readonly status?: number;
  /** Body of the answer given here. */
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A reverse proxy in front of the API and the token endpoint of a local run that falsifies answers. */
export interface Front {
  readonly url: string;
  /** Applies the change to all requests for which it gives one, until {@link clear}. */
  on(change: (path: string, method: string) => Change | undefined): void;
  clear(): void;
  stop(): Promise<void>;
}

export async function startFront({ apiUrl, tokenUrl }: ClientFile): Promise<Front> {
  let change: (path: string, method: string) => Change | undefined = () => undefined;
  const server = createServer((req, res) => {
    void (async () => {
      const path = req.url ?? '/';
      const body = await buffer(req);
      const { status, json, headers } = change(path, req.method ?? 'GET') ?? {};
      if (status !== undefined) return res.writeHead(status, headers).end(json && JSON.stringify(json));
      const { host, connection, ...passedOn } = req.headers;
      const answer = await fetch(path === '/oauth2/token' ? tokenUrl : `${apiUrl}${path}`, {
        method: req.method ?? 'GET',
        headers: passedOn as Record<string, string>,
        ...(body.length > 0 && { body }),
      });
      res.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '', ...headers });
      return res.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    on: (newChange) => void (change = newChange),
    clear: () => void (change = () => undefined),
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
