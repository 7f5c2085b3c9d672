import { z } from 'zod';
import {
  MAX_VIOLATIONS,
  type ProblemType,
  problemTitle,
  problemTypeUri,
  problems,
  type Violation,
} from '../http/problem';
import { policyNames } from '../clients/client-limiter';
import { authProblems } from './auth-problems';
import { anyClient, type Endpoint, isConditional, takesPreconditions } from './endpoint';
import { rateLimitHeaders } from './rate-limit-headers';
import type { Resource } from './resource';
import { headerOf, type Json, type NamedSchemas, toJsonSchema } from './json-schema';

const PROBLEM_JSON = 'application/problem+json';
/** The id of an example. */
const REQUEST_ID = '0e8b2f5e-6d0c-4a55-9f5f-6f1d0a1c2b3d';

/** RFC 9457, with the members that this API adds. */
const problem = z
  .object({
    type: z.url().max(500).describe('A page on this kind of problem; stable'),
    title: z
      .string()
      .max(50)
      .regex(/^[\w' -]+$/)
      .describe('The kind of problem in words'),
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

/** Problems that any request to an endpoint can meet. */
const PROBLEMS_OF_EVERY_ENDPOINT: readonly ProblemType[] = [
  authProblems.invalidRequest,
  authProblems.missingToken,
  ...authProblems.invalidTokens,
  authProblems.rateLimitExceeded,
  problems.invalidQuery,
  problems.internalError,
  authProblems.keysUnavailable,
  authProblems.clientsUnavailable,
  problems.databaseUnavailable,
  problems.answerTimeout,
];
const PROBLEMS_OF_SCOPES: readonly ProblemType[] = [authProblems.insufficientScope];
const PROBLEMS_OF_A_CHANGE: readonly ProblemType[] = [problems.outcomeUnknown];
const PROBLEMS_OF_AN_IDEMPOTENCY_KEY: readonly ProblemType[] = [
  problems.invalidIdempotencyKey,
  problems.idempotencyKeyInUse,
  problems.idempotencyKeyReused,
];
const PROBLEMS_OF_AN_ENTITY_TAG: readonly ProblemType[] = [problems.preconditionFailed];
const PROBLEMS_OF_PRECONDITIONS: readonly ProblemType[] = [problems.invalidHeader];
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

/** The problems that an endpoint can answer with: those of every endpoint, and those that follow from its declaration. */
export function problemsOf(endpoint: Endpoint): readonly ProblemType[] {
  return [
    ...PROBLEMS_OF_EVERY_ENDPOINT,
    ...(endpoint.scopes === anyClient ? [] : PROBLEMS_OF_SCOPES),
    ...(endpoint.method === 'GET' ? [] : PROBLEMS_OF_A_CHANGE),
    ...(endpoint.acceptsIdempotencyKey ? PROBLEMS_OF_AN_IDEMPOTENCY_KEY : []),
    ...(isConditional(endpoint) ? PROBLEMS_OF_AN_ENTITY_TAG : []),
    ...(takesPreconditions(endpoint) ? PROBLEMS_OF_PRECONDITIONS : []),
    ...(endpoint.body ? PROBLEMS_OF_A_BODY : []),
    ...endpoint.problems,
  ];
}

/** Every type of problem that an API can answer with, its own and those of any API. */
export function problemTypes(resources: readonly Resource[]): readonly ProblemType[] {
  const declared = resources.flatMap(({ endpoints }) => endpoints.flatMap(problemsOf));
  return [...new Set([...Object.values(problems), ...declared])];
}

/** Named parts of a document that its operations refer to. */
export interface Components {
  readonly schemas: NamedSchemas;
  readonly responses: Record<string, Json>;
}

/**
 * The error responses of an endpoint by status, as references: most are the same for many endpoints.
 *
 * @param components takes up what the references lead to
 * @param publicUrl the API's base URL
 */
export function problemResponses(endpoint: Endpoint, components: Components, publicUrl: string): Json {
  const types = problemsOf(endpoint);
  const statuses = [...new Set(types.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = types.filter((type) => type.status === status);
      const name = responseName(status, ofStatus);
      components.responses[name] ??= problemResponse(status, ofStatus, components.schemas, publicUrl);
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

/** `Problem401`; where only some endpoints have a problem of the status, its code: `UserNotFound`. */
function responseName(status: number, types: readonly ProblemType[]): string {
  const own = types.filter((type) => !PROBLEMS_OF_EVERY_ENDPOINT.includes(type)).map(({ code }) => code);
  if (own.length === 0) return `Problem${status}`;
  return own
    .sort()
    .flatMap((code) => code.split('_'))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function problemResponse(
  status: number,
  types: readonly ProblemType[],
  schemas: NamedSchemas,
  publicUrl: string,
): Json {
  const examples = types.map((type) => [type.code, { value: problemExample(type, publicUrl) }]);
  return {
    description: types.map(({ code, detail }) => `\`${code}\`: ${detail}`).join('; or '),
    headers: headersOf(status, types),
    content: {
      [PROBLEM_JSON]: {
        schema: toJsonSchema(problem, 'output', schemas),
        examples: Object.fromEntries(examples) as Json,
      },
    },
  };
}

/** A problem as callers see it. */
export function problemExample(type: ProblemType, publicUrl: string): Json {
  return {
    type: problemTypeUri(publicUrl, type),
    title: problemTitle(type.code),
    status: type.status,
    detail: type.detail,
    code: type.code,
    requestId: REQUEST_ID,
    ...type.members,
    ...(type === problems.invalidBody && { errors: [{ pointer: '#/name', detail: 'is required' }] }),
  };
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

/** References to headers that stand in the components. */
export function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
