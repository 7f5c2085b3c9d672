import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadBalancer } from '../test/support/load-balancer';
import type { Environment } from './environment';
import { clientIds } from './environment';
import { Subject } from './subject';

/** Of every client here: requests a second. */
const LIMIT = 20;
const GREEDY = 3 * LIMIT;
const MODEST = LIMIT / 2;
const MODEST_CLIENTS = 4;
const TASKS = 3;
/** Until the greedy client has used its burst. */
const SETTLING_MS = 3_000;
const SECONDS = 30;
/** How often requests that are due are sent. */
const TICK_MS = 4;

/** Requests of one client in a stretch of time, and how they were answered. */
interface Answers {
  /** By status. */
  readonly statuses: Map<number, number>;
  /** Milliseconds of those answered 200, in no order. */
  readonly latencies: number[];
}

interface Window {
  readonly seconds: number;
  readonly greedy: Answers;
  readonly modest: Answers;
}

/**
 * Three tasks behind a load balancer: what a client gets that asks for three times its limit, and what four others get
 * that stay within theirs. Then the same while a task joins and another leaves.
 *
 * @returns the figures as text
 */
export async function limits({ serviceProgram, variables, pool }: Environment): Promise<string> {
  const balancer = await LoadBalancer.start();
  const agent = new Agent({ keepAlive: true });
  const tasks: Subject[] = [];
  const senders: Sender[] = [];
  const start = async (): Promise<Subject> => {
    const task = await Subject.start('service', serviceProgram, {
      ...variables,
      RATE_LIMIT_PER_SECOND: String(LIMIT),
      RATE_LIMIT_BURST: String(LIMIT),
      SHUTDOWN_DELAY_SECONDS: '1',
    });
    tasks.push(task);
    const url = `http://127.0.0.1:${task.port}`;
    balancer.register(url);
    while (!balancer.isHealthy(url)) await delay(20);
    return task;
  };
  const sender = (clientId: string | undefined, perSecond: number): Sender => {
    const token = pool.token({ claims: { client_id: clientId, sub: clientId } });
    const made = new Sender(`${balancer.url}/api/v1/things?limit=1`, {
      agent,
      token,
      perSecond,
    });
    senders.push(made);
    return made;
  };

  try {
    const first = await start();
    for (let task = 1; task < TASKS; task += 1) await start();
    const modest = Array.from({ length: MODEST_CLIENTS }, (_, index) => sender(clientIds[1 + index], MODEST));
    await delay(SETTLING_MS);
    const measure = async (
      greedy: Sender | undefined,
      meanwhile: () => Promise<unknown>,
    ): Promise<Window> => {
      for (const sender of senders) sender.take();
      const begun = performance.now();
      await Promise.all([delay(SECONDS * 1000), meanwhile()]);
      const seconds = (performance.now() - begun) / 1000;
      return { seconds, greedy: greedy?.take() ?? none(), modest: together(modest.map((one) => one.take())) };
    };

    const alone = await measure(undefined, () => Promise.resolve());
    const greedy = sender(clientIds[0], GREEDY);
    await delay(SETTLING_MS);
    const steady = await measure(greedy, () => Promise.resolve());
    const changing = await measure(greedy, async () => {
      await delay(SECONDS * 200);
      await start();
      await delay(SECONDS * 200);
      await first.end();
    });
    return [
      `${TASKS} tasks; a client with a limit of ${LIMIT}/s asks for ${GREEDY}/s, ${MODEST_CLIENTS} with the same limit for ${MODEST}/s each; ${SECONDS} s a line`,
      line('the four alone', alone, alone),
      line('all five', steady, alone),
      line('while a task joins and one leaves', changing, alone),
    ].join('\n');
  } finally {
    for (const sender of senders) sender.stop();
    agent.destroy();
    balancer.close();
    await Promise.all(tasks.map((task) => task.stop()));
  }
}

/** Sends requests of one client at a steady rate, whatever becomes of those before. */
class Sender {
  readonly #url: string;
  readonly #options: { readonly agent: Agent; readonly headers: Readonly<Record<string, string>> };
  readonly #timer: NodeJS.Timeout;
  #answers = none();

  constructor(
    url: string,
    {
      agent,
      token,
      perSecond,
    }: { readonly agent: Agent; readonly token: string; readonly perSecond: number },
  ) {
    this.#url = url;
    this.#options = { agent, headers: { Authorization: `Bearer ${token}` } };
    // So that clients do not send in step.
    const begun = performance.now() - Math.random() * 1000;
    let sent = Math.floor(((performance.now() - begun) * perSecond) / 1000);
    this.#timer = setInterval(() => {
      for (; sent < ((performance.now() - begun) * perSecond) / 1000; sent += 1) this.#send();
    }, TICK_MS);
  }

  /** The answers since the last call. */
  take(): Answers {
    const answers = this.#answers;
    this.#answers = none();
    return answers;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    const sentAt = performance.now();
    const count = (status: number): void => {
      const { statuses, latencies } = this.#answers;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) latencies.push(performance.now() - sentAt);
    };
    get(this.#url, this.#options, (answer) => {
      answer.resume().on('end', () => count(answer.statusCode ?? 0));
    }).on('error', () => count(0));
  }
}

function none(): Answers {
  return { statuses: new Map(), latencies: [] };
}

function together(answers: readonly Answers[]): Answers {
  const statuses = new Map<number, number>();
  for (const one of answers)
    for (const [status, count] of one.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
  return { statuses, latencies: answers.flatMap(({ latencies }) => latencies) };
}

function line(title: string, { seconds, greedy, modest }: Window, alone: Window): string {
  const median = quantile(modest, 0.5);
  const parts = [
    `the four: ${statusesOf(modest)}, p50 ${median.toFixed(2)} ms (${(median / quantile(alone.modest, 0.5)).toFixed(2)} × alone), p99 ${quantile(modest, 0.99).toFixed(1)} ms`,
  ];
  if (greedy.statuses.size > 0) {
    const share = (greedy.statuses.get(200) ?? 0) / (LIMIT * seconds);
    parts.unshift(`the one: ${(100 * share).toFixed(1)} % of its limit, ${statusesOf(greedy)}`);
  }
  return `${title}\n  ${parts.join('\n  ')}`;
}

function statusesOf({ statuses }: Answers): string {
  const sorted = [...statuses].sort(([one], [other]) => one - other);
  return sorted.map(([status, count]) => `${count} × ${status === 0 ? 'no answer' : status}`).join(', ');
}

function quantile({ latencies }: Answers, share: number): number {
  const sorted = latencies.toSorted((one, other) => one - other);
  return sorted[Math.floor(share * sorted.length)] ?? NaN;
}
