import type { components } from './api.js';

export type Problem = components['schemas']['Problem'];

/** The API has refused a call. Decide by `code`, which is stable, or by the class; never by the message. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    const { status, code, detail, requestId, errors = [] } = problem;
    const faults = errors.map((fault) => `\n  ${fault.pointer} ${fault.detail}`).join('');
    super(`${status} ${code}: ${detail} (request ${requestId})${faults}`);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** The data does not fit: show `errors` to the person who entered it. */
export class InvalidDataError extends ApiError {
  override readonly name = 'InvalidDataError';

  get errors(): NonNullable<Problem['errors']> {
    return this.problem.errors ?? [];
  }
}

/** The client itself is not allowed, or disabled. Stop all calls and ask the operator: a new token does not help. */
export class ClientRefusedError extends ApiError {
  override readonly name = 'ClientRefusedError';
}

/** The client calls more than it may, and has waited as often as it was allowed to. */
export class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError';
}

/** The change may have been made or not: look before you repeat it. */
export class OutcomeUnknownError extends ApiError {
  override readonly name = 'OutcomeUnknownError';
}

const CLASSES: Readonly<Record<string, new (problem: Problem) => ApiError>> = {
  invalid_body: InvalidDataError,
  client_not_allowed: ClientRefusedError,
  client_disabled: ClientRefusedError,
  rate_limit_exceeded: RateLimitError,
  outcome_unknown: OutcomeUnknownError,
  answer_timeout: OutcomeUnknownError,
};

/** The error for a problem; one without a class of its own, codes of the future among them, is an {@link ApiError}. */
export function toApiError(problem: Problem): ApiError {
  return new (CLASSES[problem.code] ?? ApiError)(problem);
}
