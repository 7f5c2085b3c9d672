import { STATUS_CODES } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
// `id` and `log` of requests.
import type {} from 'pino-http';
import { type ErrorDetails, HttpError } from '../auth/http-error';
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
  /** What a caller does about it, for its page; `` `code` `` is set as code. The default is what its status suggests. */
  readonly advice?: string;
  /** The default is what its status suggests. */
  readonly retry?: Retry;
  /** Its registered URI (RFC 9457 §4.2), where it has one; the default is the URI of its page. */
  readonly type?: string | undefined;
  /** Members that it adds (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/** When the same request may be sent again: as it is, with a new token, or after a look at what the first one did. */
export type Retry = 'never' | 'after_delay' | 'new_token' | 'check_first';

/** Path below which each type of problem has its page, by code. */
export const PROBLEM_PAGES = '/docs/errors';

/** `type` of a problem, RFC 9457 §3.1.1: a URI that leads to its page, unless another is registered for it. */
export function problemTypeUri(
  publicUrl: string,
  { code, type }: Pick<ProblemType, 'code' | 'type'>,
): string {
  return type ?? `${publicUrl}${PROBLEM_PAGES}/${code}`;
}

/** `title` of a problem, RFC 9457 §3.1.3: its code in words, the same for all its occurrences. */
export function problemTitle(code: string): string {
  return code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ');
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
  /** For the log alone. */
  readonly details?: ErrorDetails;
}

/** The problems of any API. A resource adds its own. */
export const problems = {
  malformedRequest: {
    status: 400,
    code: 'malformed_request',
    detail: 'The request is malformed',
    advice:
      'Correct the program that makes the request: its first line, a header or its body breaks the rules of HTTP.',
  },
  requestTimeout: {
    status: 408,
    code: 'request_timeout',
    detail: 'The request took too long to arrive; it was not executed',
    advice: 'Send the whole request at once, and keep no connection open with half of one.',
    retry: 'after_delay',
  },
  headTooLarge: {
    status: 431,
    code: 'head_too_large',
    detail: 'The head of the request is too large',
    advice: 'Send fewer or shorter headers: together they may have 64 KB.',
  },
  invalidHeader: {
    status: 400,
    code: 'invalid_header',
    detail: 'A precondition in the request headers is malformed',
    advice:
      'Send an entity tag as the `ETag` of an answer has it, with its quotes: `If-Match: "3"`, not `If-Match: 3`.',
  },
  malformedBody: {
    status: 400,
    code: 'malformed_body',
    detail: 'The request body is not valid JSON',
    advice:
      'Make the body with a JSON library, and send it whole and in UTF-8. `detail` names the line and the column.',
  },
  invalidQuery: {
    status: 400,
    code: 'invalid_query',
    detail: 'A query parameter does not exist, or has a value that it cannot have',
    advice:
      '`detail` names the parameter. A parameter that the operation does not have is refused too, so that a misspelt ' +
      'filter never returns everything.',
  },
  notFound: {
    status: 404,
    code: 'not_found',
    detail: 'There is nothing at this path',
    advice:
      'Check the base URL and the path. This says nothing about any item: do not delete your copy of one because of it. ' +
      'Where an item does not exist, the code names what was not found.',
  },
  preconditionFailed: {
    status: 412,
    code: 'precondition_failed',
    detail: 'A precondition in the request headers does not hold',
    advice: 'Leave out `If-Match`, or send the `ETag` of the version that you need.',
  },
  methodNotAllowed: {
    status: 405,
    code: 'method_not_allowed',
    detail: 'This path does not take this method; Allow lists those that it takes',
    advice: 'Use one of the methods that `Allow` lists.',
  },
  invalidIdempotencyKey: {
    status: 400,
    code: 'invalid_idempotency_key',
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters',
    advice: 'Send a key without spaces, such as a UUID.',
  },
  idempotencyKeyInUse: {
    status: 409,
    code: 'idempotency_key_in_use',
    detail: 'Another request with this Idempotency-Key is still under way',
    advice:
      'Wait as many seconds as `Retry-After` says and send the same request with the same key: the answer is then that of ' +
      'the first.',
    retry: 'after_delay',
  },
  idempotencyKeyReused: {
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used for another request',
    advice:
      'Make a new key for each thing to be created, and repeat a request with its key exactly as it was.',
  },
  versionMismatch: {
    status: 412,
    code: 'version_mismatch',
    detail: 'The item was changed since; read it again',
    advice:
      'Read the item again, apply your change to what it is now, and send that with the new `ETag` as `If-Match`.',
    retry: 'check_first',
  },
  bodyTooLarge: {
    status: 413,
    code: 'body_too_large',
    detail: 'The request body is too large',
    advice: 'Send less at a time. `detail` names the limit.',
  },
  unsupportedMediaType: {
    status: 415,
    code: 'unsupported_media_type',
    detail: 'The request body must be JSON in UTF-8 without a content coding; Accept lists the media types',
    advice: 'Set `Content-Type` to one of the media types that `Accept` lists, and do not compress the body.',
  },
  invalidBody: {
    status: 422,
    code: 'invalid_body',
    detail: 'The request body does not fit its schema',
    advice:
      'Each entry of `errors` has a `pointer` to the place in the body and a `detail`. Show them to the person who entered ' +
      'the data, or correct the program.',
  },
  databaseUnavailable: {
    status: 503,
    code: 'database_unavailable',
    detail: 'The data cannot be reached at the moment; nothing was changed',
    advice: 'Wait as many seconds as `Retry-After` says and send the request again, a few times at most.',
  },
  outcomeUnknown: {
    status: 503,
    code: 'outcome_unknown',
    detail: 'The change may have been made or not; look before you send it again',
    advice: 'Read the item, and send the change again only if it was not made.',
    retry: 'check_first',
  },
  answerTimeout: {
    status: 503,
    code: 'answer_timeout',
    detail: 'The request was not answered in time; whether it took effect is not known',
    advice: 'Repeat a read. Before you repeat a change, read the item and see whether it was made.',
    retry: 'check_first',
  },
  internalError: {
    status: 500,
    code: 'internal_error',
    detail: 'Something went wrong on our side',
    advice:
      'Report it to the operator with the `requestId`. Before you repeat a change, read the item and see whether it was made.',
    retry: 'check_first',
  },
} as const satisfies Record<string, ProblemType>;

/** An error that its caller gets to see, RFC 9457. */
export class Problem extends HttpError {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  override readonly type: string | undefined;
  readonly errors: readonly Violation[] | undefined;

  constructor(type: ProblemType, { detail, errors, headers, details }: Occurrence = {}) {
    super(detail ?? type.detail, headers);
    this.status = type.status;
    this.code = type.code;
    this.type = type.type;
    this.members = type.members;
    this.errors = errors;
    this.details = details;
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
 * @param publicUrl the API's base URL, below which the types of problems have their pages
 */
export function problemHandler(
  translate: (error: unknown) => Problem | undefined,
  publicUrl: string,
): (error: unknown, req: Request, res: Response, next?: NextFunction) => void {
  // Express recognizes an error handler by its four parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  return (error, req, res, _next) => {
    const problem = toProblem(error) ?? translate(error) ?? new Problem(problems.internalError);
    if (problem.status >= 500 && !(error instanceof HttpError))
      req.log.error({ err: error }, problem.message);
    if (req.failureReason === undefined) {
      req.failureReason = problem.code;
      req.failureDetails = problem.details;
    }
    if (res.headersSent) {
      if (!res.writableEnded) res.destroy();
      return;
    }
    res.status(problem.status).set(problem.headers).setHeader('Cache-Control', 'no-store');
    sendJson(res, 'application/problem+json', {
      type: problemTypeUri(publicUrl, problem),
      title: problemTitle(problem.code),
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
  const phrase = STATUS_CODES[status] ?? 'Bad Request';
  const detail = expose === true ? String(message) : phrase;
  return new Problem({ status, code: codeOfPhrase(phrase), detail }, headers && { headers });
}

function codeOfPhrase(phrase: string): string {
  return phrase.toLowerCase().replaceAll(/\W+/g, '_');
}

/** The problems that errors of other libraries become: one for each status of 4xx. */
export const problemsOfStatuses: readonly ProblemType[] = Object.entries(STATUS_CODES)
  .filter(([status]) => /^4\d\d$/.test(status))
  .map(([status, phrase = '']) => ({ status: Number(status), code: codeOfPhrase(phrase), detail: phrase }));
