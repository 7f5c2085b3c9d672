import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import {
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  KeysUnavailableError,
  MissingTokenError,
  type InvalidTokenReason,
  invalidTokenDescriptions,
} from '../auth/errors';
import type { HttpError } from '../auth/http-error';
import { policyNames } from '../clients/client-limiter';
import { ClientsUnavailableError, RateLimitExceededError } from '../clients/errors';
import { MAX_VIOLATIONS, type ProblemType, problems, type Violation } from '../http/problem';
import { anyClient, type Endpoint, isConditional } from './endpoint';
import { rateLimitHeaders } from './rate-limit-headers';
import { headerOf, type Json, type NamedSchemas, toJsonSchema } from './json-schema';

const PROBLEM_JSON = 'application/problem+json';
/** The id of an example. */
const REQUEST_ID = '0e8b2f5e-6d0c-4a55-9f5f-6f1d0a1c2b3d';

const tooManyRequests = new RateLimitExceededError(['second'], 1);

/** RFC 9457, with the members that this API adds. */
const problem = z
  .object({
    type: z.enum(['about:blank', tooManyRequests.type]),
    title: z
      .string()
      .max(50)
      .regex(/^[\w' -]+$/)
      .describe('The status in words'),
    status: z.int32().min(400).max(599),
    detail: z.string().max(1000).regex(/^.+$/s).describe('What is wrong, for people'),
    code: z
      .string()
      .max(50)
      .regex(/^[a-z_]+$/)
      .describe('What is wrong, for programs; stable'),
    requestId: z
      .string()
      .max(50)
      .regex(/^[\dA-Fa-f-]+$/)
      .describe('Under this id the operator finds the request in the log'),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .max(4000)
            .regex(/^#/)
            .describe('JSON Pointer (RFC 6901 §6) into the request body'),
          detail: z.string().max(1000).regex(/^.+$/s),
        }) satisfies z.ZodType<Violation>,
      )
      .max(MAX_VIOLATIONS)
      .optional()
      .describe('The faults of a request body'),
    'violated-policies': z
      .array(z.enum(policyNames))
      .max(policyNames.length)
      .optional()
      .describe('The limits of the client that the request would exceed, as in RateLimit-Policy'),
  })
  .meta({ id: 'Problem' });

/** Faults that any request below `/api` can meet. */
const PROBLEMS_OF_EVERY_ENDPOINT: readonly ProblemType[] = [
  ofRefusal(new InvalidRequestError()),
  ofRefusal(new MissingTokenError()),
  ...Object.keys(invalidTokenDescriptions).map((fault) =>
    ofRefusal(new InvalidTokenError(fault as InvalidTokenReason)),
  ),
  ofRefusal(tooManyRequests),
  problems.internalError,
  ofRefusal(new KeysUnavailableError(1)),
  ofRefusal(new ClientsUnavailableError()),
  problems.databaseUnavailable,
  problems.answerTimeout,
];
const PROBLEMS_OF_SCOPES: readonly ProblemType[] = [ofRefusal(new InsufficientScopeError([]))];
const PROBLEMS_OF_A_CHANGE: readonly ProblemType[] = [problems.outcomeUnknown];
const PROBLEMS_OF_AN_IDEMPOTENCY_KEY: readonly ProblemType[] = [
  problems.invalidIdempotencyKey,
  problems.idempotencyKeyInUse,
  problems.idempotencyKeyReused,
];
const PROBLEMS_OF_AN_ENTITY_TAG: readonly ProblemType[] = [problems.preconditionFailed];
const PROBLEMS_OF_A_QUERY: readonly ProblemType[] = [problems.invalidQuery];
const PROBLEMS_OF_A_BODY: readonly ProblemType[] = [
  problems.malformedBody,
  problems.bodyTooLarge,
  problems.unsupportedMediaType,
  problems.invalidBody,
];

type ErrorHeader = keyof typeof errorHeaders;

/** Headers that an error has, by its status. */
const HEADERS_OF_STATUS: Readonly<Record<number, readonly ErrorHeader[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  415: ['Accept'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};
/** Headers of errors: name ▶ description. */
export const errorHeaders = {
  'WWW-Authenticate': 'What is wrong with the credentials (RFC 6750 §3)',
  Accept: 'The media types that the body may have',
  'Retry-After': 'Seconds after which trying again makes sense',
};

/** The errors that an endpoint can answer, by status: those of every endpoint, and those that follow from its declaration. */
export function problemResponses(endpoint: Endpoint, schemas: NamedSchemas): Json {
  const types = [
    ...PROBLEMS_OF_EVERY_ENDPOINT,
    ...(endpoint.scopes === anyClient ? [] : PROBLEMS_OF_SCOPES),
    ...(endpoint.method === 'GET' ? [] : PROBLEMS_OF_A_CHANGE),
    ...(endpoint.acceptsIdempotencyKey ? PROBLEMS_OF_AN_IDEMPOTENCY_KEY : []),
    ...(isConditional(endpoint) ? PROBLEMS_OF_AN_ENTITY_TAG : []),
    ...(endpoint.query ? PROBLEMS_OF_A_QUERY : []),
    ...(endpoint.body ? PROBLEMS_OF_A_BODY : []),
    ...endpoint.problems,
  ];
  const schema = toJsonSchema(problem, 'output', schemas);
  // Several faults of a token have one public code.
  const byCode = [...new Map(types.map((type) => [type.code, type])).values()];
  const statuses = [...new Set(byCode.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = byCode.filter((type) => type.status === status);
      return [
        status,
        {
          description: ofStatus.map(({ detail }) => detail).join('; or: '),
          headers: headersOf(status, ofStatus),
          content: { [PROBLEM_JSON]: { schema, examples: Object.fromEntries(ofStatus.map(problemExample)) } },
        },
      ];
    }),
  );
}

function headersOf(status: number, types: readonly ProblemType[]): Json {
  const occasional: ErrorHeader[] = [];
  // Where the credentials are what is malformed.
  if (status === 400) occasional.push('WWW-Authenticate');
  // Where nothing was changed.
  if (types.includes(problems.outcomeUnknown)) occasional.push('Retry-After');
  // Where it is worth waiting for another request.
  if (types.includes(problems.idempotencyKeyInUse)) occasional.push('Retry-After');
  const always = (HEADERS_OF_STATUS[status] ?? []).filter((name) => !occasional.includes(name));
  return {
    ...headerReferences([...always, 'X-Request-Id', ...Object.keys(rateLimitHeaders)]),
    ...Object.fromEntries(occasional.map((name) => headerOf([name, errorHeaders[name]]))),
  };
}

function problemExample({
  status,
  code,
  detail,
  type = 'about:blank',
  members,
}: ProblemType): [string, Json] {
  const value = {
    type,
    title: STATUS_CODES[status],
    status,
    detail,
    code,
    requestId: REQUEST_ID,
    ...members,
  };
  return [code, { value }];
}

/** References to headers that stand in the components. */
export function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function ofRefusal({ status, code, message, type, members }: HttpError): ProblemType {
  return { status, code, detail: message, type, members };
}
