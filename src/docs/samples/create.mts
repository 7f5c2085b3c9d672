import { setTimeout as delay } from 'node:timers/promises';

// Made once for each thing that you create, and stored with it: every attempt has the same key.
const key = crypto.randomUUID();

/** Sends the request until it is answered, at most five times. What it creates is created once. */
async function create(body: string): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch('{{apiUrl}}{{createPath}}', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${process.env['TOKEN'] ?? ''}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body,
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    const repeats = response === undefined || response.status >= 500 || response.headers.has('Retry-After');
    if (response && (!repeats || attempt === 5)) return response;
    if (attempt === 5) throw new Error('no answer');
    await delay(1000 * Number(response?.headers.get('Retry-After') ?? attempt));
  }
}

const response = await create('{{createBody|ts}}');
console.log(response.status, await response.json());
