import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../auth/caller';
import type { Database } from '../database/database';
import { OutcomeUnknownError } from '../database/errors';
import type { Transactional } from '../database/queryable';
import { Problem, problems } from '../http/problem';

/** The header that makes a request repeatable. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** The response header of a replay. */
export const IDEMPOTENT_REPLAYED = 'Idempotent-Replayed';
/** 1 to 255 visible ASCII characters. */
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/** Seconds after which the first of two requests is usually done. */
const RETRY_AFTER_SECONDS = 1;

/** A response as it is kept. */
export interface KeptResponse {
  readonly status: number;
  /** Those of the handler. */
  readonly headers: Readonly<Record<string, string>>;
  /** `null`: it has none. */
  readonly body: string | null;
}

/** A request with an idempotency key. */
export interface KeyedRequest {
  readonly caller: Pick<Caller, 'clientId' | 'subject'>;
  readonly key: string;
  /** The same for the same request: what {@link fingerprintOf} gives, updated with the body and finished. */
  readonly fingerprint: Buffer;
}

/** The outcome of a change is unknown, and the same request can be sent again with its key: it takes effect once. */
export class RepeatableOutcomeError extends OutcomeUnknownError {
  override readonly name = 'RepeatableOutcomeError';
}

/**
 * The idempotency key of a request, as it was sent; `undefined` if it has none.
 *
 * @throws Problem 400 `invalid_idempotency_key`
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'] as string | undefined;
  if (key !== undefined && !KEY_PATTERN.test(key)) throw new Problem(problems.invalidIdempotencyKey);
  return key;
}

/**
 * Begins the fingerprint of a request, which is to be updated with the bytes of its body.
 *
 * @param target path and query as they were sent
 */
export function fingerprintOf(method: string, target: string): Hash {
  return createHash('sha256').update(`${method} ${target}\n`);
}

/**
 * Applies a request once, however often it is sent: its effect, its key and its response are committed in one transaction.
 * Sent again, it gets the response that is kept.
 *
 * @param apply has the effect, all of it on the transaction that it gets. Where it rejects, the key is not kept
 * @throws Problem 409 `idempotency_key_in_use` while another request with the key is under way, 422
 *   `idempotency_key_reused` if the key was used for another request
 * @throws RepeatableOutcomeError if the answer to COMMIT is lost
 * @throws what `apply` rejects with, or what {@link Database.transaction} throws
 */
export async function applyOnce(
  database: Pick<Database, 'transaction'>,
  { caller, key, fingerprint }: KeyedRequest,
  apply: (transaction: Transactional) => Promise<KeptResponse>,
): Promise<{ readonly response: KeptResponse; readonly isReplay: boolean }> {
  const id = createHash('sha256')
    .update(JSON.stringify([caller.clientId, caller.subject, key]))
    .digest();
  try {
    return await database.transaction(
      async (transaction, [locks, rows]) => {
        const [kept] = rows as KeptRow[];
        if (kept) {
          if (!kept.fingerprint.equals(fingerprint)) throw new Problem(problems.idempotencyKeyReused);
          return { response: kept, isReplay: true };
        }
        if (!locks?.[0]?.['locked']) throw new Problem(problems.idempotencyKeyInUse, IN_USE);
        return { response: await apply(transaction), isReplay: false };
      },
      {
        // Two statements: what the second sees must have been committed after the first got the lock.
        first: [
          { text: 'SELECT pg_try_advisory_xact_lock($1) AS locked', values: [String(id.readBigInt64BE())] },
          {
            text: 'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE id = $1',
            values: [id],
          },
        ],
        last: ({ response: { status, headers, body }, isReplay }) =>
          isReplay
            ? undefined
            : {
                text: `INSERT INTO idempotency_keys (id, fingerprint, status, headers, body)
                       VALUES ($1, $2, $3, $4, $5)`,
                values: [id, fingerprint, status, JSON.stringify(headers), body],
              },
      },
    );
  } catch (error) {
    if (error instanceof OutcomeUnknownError)
      throw new RepeatableOutcomeError(error.message, { cause: error });
    throw error;
  }
}

const IN_USE = { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } };

interface KeptRow extends KeptResponse {
  readonly fingerprint: Buffer;
}
