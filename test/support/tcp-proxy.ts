import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that a test can break. */
export interface TcpProxy {
  readonly port: number;
  /** The URL of the server, led through the proxy. */
  readonly url: string;
  /** Connections that are open. */
  readonly connections: number;
  /** Breaks every connection, and goes on taking new ones. */
  cut(): void;
  /** Breaks every connection, and refuses new ones until {@link resume}. */
  refuse(): Promise<void>;
  /** Lets nothing through any more in either direction, and closes nothing, until {@link resume}. */
  hang(): void;
  /** Lets nothing of what the server says through any more, until {@link resume}. */
  mute(): void;
  /** Lets everything through again. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one before the server of a URL. */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let hanging = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => undefined);
      from.on('data', (chunk) => to.write(chunk));
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      if (hanging) from.pause();
    }
  });
  const all = () => [...pairs].flat();
  const listen = async (chosen: number) => {
    server.listen(chosen, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const ownPort = (server.address() as AddressInfo).port;
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(ownPort);

  const cut = () => {
    for (const socket of all()) socket.destroy();
  };
  const refuse = async () => {
    const closed = server.listening ? closing(server) : undefined;
    cut();
    await closed;
  };
  return {
    port: ownPort,
    url: url.href,
    get connections() {
      return pairs.size;
    },
    cut,
    refuse,
    hang() {
      hanging = true;
      for (const socket of all()) socket.pause();
    },
    mute() {
      for (const [, far] of pairs) far.pause();
    },
    async resume() {
      hanging = false;
      for (const socket of all()) socket.resume();
      if (!server.listening) await listen(ownPort);
    },
    close: refuse,
  };
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
