/** Creates a user unless there is one of that address, then lists all users. Needs Node 20 and no package. */
import { setTimeout as delay } from 'node:timers/promises';

const { API_URL = '', TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', SCOPE = '' } = process.env;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_WAIT_SECONDS = 30;

let token = '';
let renewAt = 0;

async function renewToken(): Promise<void> {
  const answer = await fetch(TOKEN_URL, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(SCOPE && { scope: SCOPE }) }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number };
  token = access_token;
  renewAt = Date.now() + expires_in * 750;
}

/** Sends a request; once more with a new token after 401, and up to three times more after 503 with Retry-After. */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  if (Date.now() >= renewAt) await renewToken();
  let renewed = false;
  for (let attempt = 0; ; attempt += 1) {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await fetch(API_URL + path, { ...init, headers, signal });
    if (answer.status === 401 && !renewed) {
      renewed = true;
      await renewToken();
    } else if (answer.status === 503 && answer.headers.has('Retry-After') && attempt < 3) {
      const seconds = Number(answer.headers.get('Retry-After'));
      await delay(Math.min(seconds, MAX_WAIT_SECONDS) * 1000);
    } else {
      return answer;
    }
  }
}

async function failed(answer: Response): Promise<Error> {
  const { status, code, detail, requestId } = (await answer.json()) as Record<string, string>;
  return new Error(`${status} ${code}: ${detail} (request ${requestId})`);
}

async function* users(): AsyncGenerator<{ id: string; email: string }> {
  let next: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(next && { cursor: next }) });
    const answer = await call(`/api/v1/users?${query.toString()}`);
    if (!answer.ok) throw await failed(answer);
    const page = (await answer.json()) as { data: { id: string; email: string }[]; next: string | null };
    yield* page.data;
    next = page.next;
  } while (next);
}

async function main(): Promise<void> {
  const created = await call('/api/v1/users', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', name: 'Ada Lovelace' }),
  });
  if (!created.ok && created.status !== 409) throw await failed(created);
  console.log(created.ok ? 'created' : 'is there already');

  for await (const { email } of users()) console.log(email);
}

void main();
