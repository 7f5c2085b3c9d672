import { STATUS_CODES } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
// `id` and `log` of requests.
import type {} from 'pino-http';
import { HttpError } from '../auth/http-error';
// `failureReason` of requests.
import type {} from '../auth/middleware';
import { sendJson } from './send-json';

/** A kind of error, which callers recognize by its code. */
export interface ProblemType {
  readonly status: number;
  /** Stable, snake_case. */
  readonly code: string;
  /** One sentence for people, where an occurrence has nothing more precise to say. */
  readonly detail: string;
  /** Its registered URI (RFC 9457 §4.2), where it has one. */
  readonly type?: string | undefined;
  /** Members that it adds (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/** One fault of a request body. */
export interface Violation {
  /** Where it is: a JSON Pointer as URI fragment, RFC 6901 §6. */
  readonly pointer: string;
  readonly detail: string;
}

/** At most so many violations are reported at once. */
export const MAX_VIOLATIONS = 20;

/** What an occurrence adds to its type. */
export interface Occurrence {
  readonly detail?: string;
  readonly errors?: readonly Violation[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The problems of any API. A resource adds its own. */
export const problems = {
  malformedRequest: { status: 400, code: 'malformed_request', detail: 'The request is malformed' },
  malformedBody: { status: 400, code: 'malformed_body', detail: 'The request body is not valid JSON' },
  invalidQuery: {
    status: 400,
    code: 'invalid_query',
    detail: 'A query parameter has a value that it cannot have',
  },
  notFound: { status: 404, code: 'not_found', detail: 'There is nothing at this path' },
  preconditionFailed: {
    status: 412,
    code: 'precondition_failed',
    detail: 'A precondition in the request headers does not hold',
  },
  methodNotAllowed: {
    status: 405,
    code: 'method_not_allowed',
    detail: 'This path does not take this method; Allow lists those that it takes',
  },
  invalidIdempotencyKey: {
    status: 400,
    code: 'invalid_idempotency_key',
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters',
  },
  idempotencyKeyInUse: {
    status: 409,
    code: 'idempotency_key_in_use',
    detail: 'Another request with this Idempotency-Key is still under way',
  },
  idempotencyKeyReused: {
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used for another request',
  },
  versionMismatch: {
    status: 412,
    code: 'version_mismatch',
    detail: 'The item was changed since; read it again',
  },
  bodyTooLarge: { status: 413, code: 'body_too_large', detail: 'The request body is too large' },
  unsupportedMediaType: {
    status: 415,
    code: 'unsupported_media_type',
    detail: 'The request body must be JSON in UTF-8 without a content coding; Accept lists the media types',
  },
  invalidBody: { status: 422, code: 'invalid_body', detail: 'The request body does not fit its schema' },
  databaseUnavailable: {
    status: 503,
    code: 'database_unavailable',
    detail: 'The data cannot be reached at the moment; nothing was changed',
  },
  outcomeUnknown: {
    status: 503,
    code: 'outcome_unknown',
    detail: 'The change may have been made or not; look before you send it again',
  },
  answerTimeout: {
    status: 503,
    code: 'answer_timeout',
    detail: 'The request was not answered in time; whether it took effect is not known',
  },
  internalError: { status: 500, code: 'internal_error', detail: 'Something went wrong on our side' },
} as const satisfies Record<string, ProblemType>;

/** An error that its caller gets to see, RFC 9457. */
export class Problem extends HttpError {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  override readonly type: string | undefined;
  readonly errors: readonly Violation[] | undefined;

  constructor(type: ProblemType, { detail, errors, headers }: Occurrence = {}) {
    super(detail ?? type.detail, headers);
    this.status = type.status;
    this.code = type.code;
    this.type = type.type;
    this.members = type.members;
    this.errors = errors;
  }
}

/**
 * Answers every error of the service as `application/problem+json`: the only place where errors become answers.
 *
 * An error with a `status` (or `statusCode`) of 4xx keeps it, with its `headers`, as those of http-errors and Express do.
 * Any other that is not known is logged with its stack and answered 500, of which the caller learns only the request id.
 * An answer that has begun cannot be replaced: its connection is cut, so that the caller does not take it for complete.
 *
 * @param translate the problem that a foreign error amounts to, or `undefined`
 */
export function problemHandler(
  translate: (error: unknown) => Problem | undefined,
): (error: unknown, req: Request, res: Response, next?: NextFunction) => void {
  // Express recognizes an error handler by its four parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  return (error, req, res, _next) => {
    const problem = toProblem(error) ?? translate(error) ?? new Problem(problems.internalError);
    if (problem.status >= 500 && !(error instanceof HttpError))
      req.log.error({ err: error }, problem.message);
    req.failureReason ??= problem.code;
    if (res.headersSent) {
      if (!res.writableEnded) res.destroy();
      return;
    }
    res.status(problem.status).set(problem.headers).setHeader('Cache-Control', 'no-store');
    sendJson(res, 'application/problem+json', {
      type: problem.type ?? 'about:blank',
      title: STATUS_CODES[problem.status],
      status: problem.status,
      detail: problem.message,
      code: problem.code,
      requestId: req.id,
      errors: problem instanceof Problem ? problem.errors : undefined,
      ...problem.members,
    });
  };
}

function toProblem(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  // Express could not decode a path parameter; such a path names nothing.
  if (error instanceof URIError) return new Problem(problems.notFound);
  return ofHttpError(error);
}

/** What an error may say of its own answer, in the manner of http-errors. */
interface HttpErrorLike {
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: unknown;
  /** Whether the message is meant for the caller. */
  readonly expose?: unknown;
}

/** A 5xx of another library says nothing of this service, and its code and message may not be meant for callers. */
function ofHttpError(error: unknown): Problem | undefined {
  const { status: own, statusCode, headers, expose, message } = Object(error) as HttpErrorLike;
  const status = own ?? statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const code = title.toLowerCase().replaceAll(/\W+/g, '_');
  const detail = expose === true ? String(message) : title;
  return new Problem({ status, code, detail }, headers && { headers });
}
