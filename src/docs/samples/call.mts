/** Prints every item of {{listPath}}. Needs Node 20 and no package. */
import { setTimeout as delay } from 'node:timers/promises';

const API_URL = '{{apiUrl}}';
const TOKEN_URL = '{{tokenUrl}}';
const { CLIENT_ID = '', CLIENT_SECRET = '', SCOPE = '' } = process.env;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_WAIT_SECONDS = 30;
/** What a new token helps against. With any other 401, the client itself is refused. */
const TOKEN_REFUSED = ['token_expired', 'token_revoked', 'invalid_token'];

interface Problem {
  status: number;
  code: string;
  detail: string;
  requestId: string;
}

let token = '';
let renewAt = 0;

async function renewToken(): Promise<void> {
  const response = await fetch(TOKEN_URL, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(SCOPE && { scope: SCOPE }) }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
  const granted = (await response.json()) as { access_token: string; expires_in: number };
  token = granted.access_token;
  renewAt = Date.now() + granted.expires_in * 750;
}

/**
 * Sends a request: once more with a new token if the old one is refused as such, and up to three times more after 429 and
 * 503 with Retry-After.
 */
async function call<Body>(path: string): Promise<Body> {
  if (Date.now() >= renewAt) await renewToken();
  let renewed = false;
  for (let waits = 0; ;) {
    const response = await fetch(API_URL + path, {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.ok) return (await response.json()) as Body;
    const { status, code, detail, requestId } = (await response.json()) as Problem;
    const retryAfter = response.headers.get('Retry-After');
    if (status === 401 && TOKEN_REFUSED.includes(code) && !renewed) {
      renewed = true;
      await renewToken();
    } else if ([429, 503].includes(status) && retryAfter !== null && waits < 3) {
      waits += 1;
      await delay(Math.min(Number(retryAfter), MAX_WAIT_SECONDS) * 1000);
    } else {
      throw new Error(`${status} ${code}: ${detail} (request ${requestId})`);
    }
  }
}

async function* items(): AsyncGenerator<unknown> {
  let next: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(next && { cursor: next }) });
    const page: { data: unknown[]; next: string | null } = await call(`{{listPath}}?${query.toString()}`);
    yield* page.data;
    next = page.next;
  } while (next);
}

for await (const item of items()) console.log(JSON.stringify(item));
