import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ClientFile } from '../../../local/client-file';

/** What the front does to a request: answers it itself with a status, or changes the headers of the answer. */
interface Change {
  readonly status?: number;
  /** Of an answer of its own. */
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Stands before the API and the token endpoint of a local run, and spoils answers as what is in between might. */
export interface Front {
  readonly url: string;
  /** Whoever asks for a path from now on meets the change, if it gives one, until {@link clear}. */
  on(change: (path: string) => Change | undefined): void;
  clear(): void;
  stop(): Promise<void>;
}

export async function startFront({ apiUrl, tokenUrl }: ClientFile): Promise<Front> {
  let change: (path: string) => Change | undefined = () => undefined;
  const server = createServer((req, res) => {
    void (async () => {
      const path = req.url ?? '/';
      const body = await buffer(req);
      const { status, json, headers } = change(path) ?? {};
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
