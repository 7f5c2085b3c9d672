import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, exitCodes } from '../command-error';
import { parseJsonObject } from '../parse-json-object';
import { sendRequest } from '../send-request';
import type { Operator } from './operator';

const PATH = '/api/v1/clients';
const PAGE_SIZE = 100;
const ATTEMPTS = 4;
const LONGEST_PAUSE_SECONDS = 5;
/** With these the API, or what is in front of it, asks to be called again. */
const TEMPORARY = [429, 502, 503, 504];

/** The limits that can be set for a client. What is left out is left to the defaults of the service. */
export type Limits = Partial<Record<'requestsPerSecond' | 'burst' | 'requestsPerDay', number>>;

/** A client as the registry has it. */
export interface RegisteredClient {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Tokens issued in this second or before are refused. */
  readonly tokensValidFrom: string | null;
  readonly limits: Limits | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The running tasks, and those that act on the newest version. */
  readonly inForce: { readonly tasks: number; readonly confirmed: number };
}

/** Members of a client to change, as a merge patch (RFC 7396): `null` removes. */
export interface ClientPatch {
  readonly enabled?: boolean;
  readonly limits?: Readonly<Record<string, number | null>> | null;
}

/** A change of a client. */
export interface ClientEvent {
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly clientId: string; readonly subject: string };
  readonly action: string;
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
  readonly requestId: string;
}

/** The requests of a client on one UTC day. */
export interface DayOfUsage {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
  readonly limited: number;
}

/** The API refuses, or cannot answer. */
export class RegistryError extends CommandError {
  override readonly name = 'RegistryError';
  /** `undefined` where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, code?: string) {
    super(message, exitCodes.failed, code);
    this.status = status;
  }
}

interface Answer {
  readonly status: number;
  readonly body: Partial<Record<string, unknown>>;
  /** Seconds. */
  readonly retryAfter: number;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Codes of problems that are an answer, and not an error. */
  readonly expected?: readonly string[];
}

/**
 * The client registry of the API, `/api/v1/clients`. Each of these calls can be repeated without harm, so they are where no
 * answer comes or the API is briefly unavailable.
 *
 * @throws RegistryError, from every method
 */
export class ClientRegistry {
  readonly #apiUrl: string;
  readonly #operator: Operator;

  constructor(apiUrl: string, operator: Operator) {
    this.#apiUrl = apiUrl;
    this.#operator = operator;
  }

  /** Checks that the operator client can read the registry. */
  async assertReadable(): Promise<void> {
    await this.#call({ method: 'GET', path: `${PATH}?limit=1` });
  }

  /** Reads a client; `undefined` if the registry does not have it, or no longer. */
  async find(id: string): Promise<RegisteredClient | undefined> {
    return this.#clientOf({ method: 'GET', path: `${PATH}/${encodeURIComponent(id)}` });
  }

  /** Reads all clients, in the order of their ids. */
  async list(): Promise<readonly RegisteredClient[]> {
    return this.#readPages<RegisteredClient>(PATH);
  }

  /**
   * Sets whether a client may call. One that the registry does not have is added.
   *
   * @param name for a client that is added
   */
  async setEnabled(id: string, name: string, enabled: boolean): Promise<RegisteredClient> {
    for (;;) {
      const changed = (await this.update(id, { enabled })) ?? (await this.add(id, name, enabled));
      // Otherwise another operator has added it, or removed it, between the two.
      if (changed) return changed;
    }
  }

  /** Adds a client; `undefined` if the registry has it already. */
  async add(id: string, name: string, enabled = true): Promise<RegisteredClient | undefined> {
    return this.#clientOf({
      method: 'PUT',
      path: `${PATH}/${encodeURIComponent(id)}`,
      body: { name, enabled },
      headers: { 'If-None-Match': '*' },
      expected: ['version_mismatch'],
    });
  }

  /** Changes a client; `undefined` if the registry does not have it. */
  async update(id: string, patch: ClientPatch): Promise<RegisteredClient | undefined> {
    return this.#clientOf({ method: 'PATCH', path: `${PATH}/${encodeURIComponent(id)}`, body: patch });
  }

  /** Revokes all tokens that a client got so far; `undefined` if the registry does not have it. */
  async revokeTokens(id: string): Promise<RegisteredClient | undefined> {
    return this.#clientOf({ method: 'POST', path: `${PATH}/${encodeURIComponent(id)}/revoke-tokens` });
  }

  /** Removes a client, also where the configuration of the service lists it. No error if it is gone. */
  async delete(id: string): Promise<void> {
    await this.#call({
      method: 'DELETE',
      path: `${PATH}/${encodeURIComponent(id)}`,
      expected: ['client_not_found'],
    });
  }

  /**
   * Reads the changes of a client, the newest first; `undefined` if the registry has never had it. Those of a client that
   * was deleted stay.
   *
   * @param count how many at most
   */
  async events(id: string, count: number): Promise<readonly ClientEvent[] | undefined> {
    try {
      return await this.#readPages<ClientEvent>(`${PATH}/${encodeURIComponent(id)}/events`, count);
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'client_not_found') return undefined;
      throw error;
    }
  }

  /**
   * Reads the usage of a client by day; days without requests are left out.
   *
   * @param days `YYYY-MM-DD` (UTC), inclusive; without them the last 30 days
   */
  async usage(
    id: string,
    days: { readonly from: string | undefined; readonly to: string | undefined },
  ): Promise<readonly DayOfUsage[]> {
    const given = Object.entries(days).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const query = new URLSearchParams(given).toString();
    const path = `${PATH}/${encodeURIComponent(id)}/usage${query && `?${query}`}`;
    return (await this.#call({ method: 'GET', path })).body['data'] as readonly DayOfUsage[];
  }

  async #clientOf(call: Call): Promise<RegisteredClient | undefined> {
    const expected = ['client_not_found', ...(call.expected ?? [])];
    const { status, body } = await this.#call({ ...call, expected });
    return status < 300 ? (body as unknown as RegisteredClient) : undefined;
  }

  async #readPages<Item>(path: string, count = Infinity): Promise<readonly Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const limit = String(Math.min(PAGE_SIZE, count - items.length));
      const query = new URLSearchParams({ limit, ...(cursor !== undefined && { cursor }) });
      const { body } = await this.#call({ method: 'GET', path: `${path}?${query.toString()}` });
      items.push(...(body['data'] as readonly Item[]));
      cursor = typeof body['next'] === 'string' ? body['next'] : undefined;
    } while (cursor !== undefined && items.length < count);
    return items;
  }

  async #call(call: Call): Promise<Answer> {
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(call);
      if (!(answer instanceof CommandError) && isExpected(answer, call)) return answer;
      if (!(answer instanceof CommandError) && answer.status === 401 && !renewed) {
        renewed = true;
        this.#operator.forgetToken();
        continue;
      }
      const isTemporary = answer instanceof CommandError || TEMPORARY.includes(answer.status);
      if (!isTemporary || attempt === ATTEMPTS) throw await this.#errorOf(call, answer);
      const seconds = answer instanceof CommandError ? 1 : answer.retryAfter;
      await delay(Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000);
    }
  }

  /** Sends a request once. Gives an error where there is no answer. */
  async #send({ method, path, body, headers }: Call): Promise<Answer | CommandError> {
    const authorization = { Authorization: `Bearer ${await this.#operator.token()}` };
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    try {
      const answer = await sendRequest(`${this.#apiUrl}${path}`, {
        method,
        headers: { ...authorization, ...headers, ...(body && { 'Content-Type': type }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const retryAfter = Number(answer.headers.get('Retry-After') ?? 1);
      return {
        status: answer.status,
        body: parseJsonObject(await answer.text()),
        retryAfter: Number.isFinite(retryAfter) ? retryAfter : 1,
      };
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
  }

  async #errorOf({ method, path }: Call, answer: Answer | CommandError): Promise<RegistryError> {
    if (answer instanceof CommandError) return new RegistryError(answer.message);
    const { status, body } = answer;
    const code = textOf(body['code']);
    const operator = `the operator client ${await this.#operator.clientId()}`;
    return new RegistryError(
      explain(operator, status, code) ?? this.#describe(method, path, answer),
      status,
      code,
    );
  }

  #describe(method: string, path: string, { status, body }: Answer): string {
    const [detail, code, requestId] = [body['detail'], body['code'], body['requestId']].map(textOf);
    const [first] = (Array.isArray(body['errors']) ? body['errors'] : []) as { readonly detail?: string }[];
    return [
      `${method} ${this.#apiUrl}${path} answers ${status}`,
      code && ` ${code}`,
      detail && `: ${[detail, first?.detail].filter(Boolean).join(', ')}`,
      requestId && ` (request ${requestId})`,
      '.',
    ]
      .filter(Boolean)
      .join('');
  }
}

/** What an operator can do about a refusal, where that is known. */
function explain(operator: string, status: number, code: string | undefined): string | undefined {
  if (status === 401) {
    return code?.startsWith('client_')
      ? `The API refuses ${operator} (${code}): another operator has to allow it, or name another with --operator-secret. For a new deployment see "Allow the first client" in infra/README.md.`
      : `The API does not accept the token of ${operator} (${code ?? 401}): see "When a call is refused" in README.md.`;
  }
  if (code === 'insufficient_scope')
    return `The API refuses ${operator}, which lacks a scope for this: name another with --operator-secret.`;
  if (status === 403)
    return `The API refuses ${operator} without a reason, as a load balancer does that allows operators only from certain networks (operatorCidrs).`;
  if (code === 'own_client')
    return `This is ${operator}, which you use yourself and which cannot shut itself out: use another one (--operator-secret).`;
  return undefined;
}

function isExpected({ status, body }: Answer, { expected = [] }: Call): boolean {
  return status < 300 || expected.includes(textOf(body['code']) ?? '');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
