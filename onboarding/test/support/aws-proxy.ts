import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the proxy answers in place of the emulator. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Receives a call's input and gives the answer; without one, the call is forwarded, and its answer with `lost` is not. */
type Hook = (input: Readonly<Record<string, unknown>>) => Answer | 'lost' | undefined;

/** A proxy between the command line and the emulator that changes single answers, as AWS might. */
export interface AwsProxy {
  readonly port: string;
  /** Applies the hook to all calls of this operation, until {@link clear}. */
  on(operation: string, hook: Hook): void;
  clear(): void;
  stop(): Promise<void>;
}

/** An error as the services answer it. */
export function awsError(type: string, message: string): Answer {
  return { status: 400, body: { __type: type, message } };
}

export async function startAwsProxy(emulator: string): Promise<AwsProxy> {
  const hooks = new Map<string, Hook>();
  const server = createServer((req, res) => {
    void (async () => {
      const body = await buffer(req);
      const target = req.headers['x-amz-target'] as string | undefined;
      const answer = target && hooks.get(target.split('.')[1] ?? '')?.(JSON.parse(body.toString()) as never);
      if (typeof answer === 'object') {
        res.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.1' });
        res.end(JSON.stringify(answer.body));
        return;
      }
      const { host, connection, ...headers } = req.headers;
      const forwarded = await fetch(`${emulator}${req.url ?? '/'}`, {
        method: req.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(body.length > 0 && { body }),
      });
      if (answer === 'lost') {
        res.destroy();
        return;
      }
      res.writeHead(forwarded.status, { 'Content-Type': forwarded.headers.get('Content-Type') ?? '' });
      res.end(Buffer.from(await forwarded.arrayBuffer()));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: String((server.address() as AddressInfo).port),
    on: (operation, hook) => void hooks.set(operation, hook),
    clear: () => hooks.clear(),
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
