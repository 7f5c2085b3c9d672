import { Agent, createServer, request, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';

const HEALTH_CHECK_INTERVAL_MS = 100;

interface Target {
  readonly url: string;
  readonly agent: Agent;
  healthy: boolean;
}

/**
 * Stands in for an Application Load Balancer: round robin over the healthy targets, connections to them kept alive,
 * health checks on `/readyz`, and 502 where a target fails, without another try.
 */
export class LoadBalancer {
  readonly #server: Server;
  readonly #targets: Target[] = [];
  #next = 0;
  #closed = false;

  private constructor() {
    this.#server = createServer((req, res) => {
      const healthy = this.#targets.filter((target) => target.healthy);
      const target = healthy[this.#next++ % healthy.length];
      if (!target) return void res.writeHead(503).end();
      const forwarded = request(
        target.url + req.url!,
        { method: req.method!, headers: req.headers, agent: target.agent },
        (answer) => {
          const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
          res.writeHead(answer.statusCode!, headers);
          answer.pipe(res);
        },
      );
      forwarded.on('error', () => res.destroyed || res.writeHead(502).end());
      req.pipe(forwarded);
    });
    // As the balancer's idle time-out, so that a caller seldom sends into a connection that is being closed.
    this.#server.keepAliveTimeout = 60_000;
    void this.#checkHealth();
  }

  /** Starts one on a free loopback port. */
  static async start(): Promise<LoadBalancer> {
    const balancer = new LoadBalancer();
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds a target, which gets requests as soon as it is found healthy. */
  register(url: string): void {
    this.#targets.push({ url, agent: new Agent({ keepAlive: true }), healthy: false });
  }

  /** Takes a target out, the first of those that were registered with this URL. */
  deregister(url: string): void {
    const index = this.#targets.findIndex((target) => target.url === url);
    for (const { agent } of this.#targets.splice(index, 1)) agent.destroy();
  }

  /** Whether a target gets requests. */
  isHealthy(url: string): boolean {
    return this.#targets.some((target) => target.url === url && target.healthy);
  }

  close(): void {
    this.#closed = true;
    for (const { agent } of this.#targets) agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #checkHealth(): Promise<void> {
    while (!this.#closed) {
      await Promise.all(
        this.#targets.map(async (target) => {
          target.healthy = await fetch(`${target.url}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          );
        }),
      );
      await delay(HEALTH_CHECK_INTERVAL_MS);
    }
  }
}
