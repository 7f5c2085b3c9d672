import { randomBytes, randomUUID } from 'node:crypto';
import type { UserPool } from '../test/support/user-pool';
import type { ApiRequest } from './requests';
import { clientIds, SMALL_TABLE, type Environment } from './environment';

/** Who is asked what, and what the answer must be. */
export interface Entry {
  readonly name: string;
  /** A file of `subjects/`, or the path of a program. */
  readonly program: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly requests: readonly ApiRequest[];
  readonly status: number;
  /** The code of a refusal's body. Answers that are no refusal are the same for all entries of a scenario. */
  readonly code?: string;
}

/** What is measured side by side. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** 32 if not given. */
  readonly connections?: number;
  /** Whether every token is new to the service: then its cache must not have helped. */
  readonly onlyNewTokens?: boolean;
  readonly entries: (environment: Environment) => readonly Entry[] | Promise<readonly Entry[]>;
}

/** The subjects, by their file's name. */
export const subjects = {
  express: 'bare Express 5',
  service: 'this service',
  'express-oauth2-jwt-bearer': 'Express + helmet + pino-http + express-oauth2-jwt-bearer',
  'express-jwt': 'Express + helmet + pino-http + express-jwt + jwks-rsa',
  'passport-jwt': 'Express + helmet + pino-http + passport-jwt + jwks-rsa',
  'aws-jwt-verify': 'Express + helmet + pino-http + aws-jwt-verify on every request',
  'fastify-jwt': 'Fastify + @fastify/helmet + its log + @fastify/jwt + get-jwks',
  fastify: 'bare Fastify',
  'node-http': 'bare node:http',
} as const;

/** JSON of a kilobyte, as libraries write it that escape what is not ASCII. */
const KILOBYTE = `{"label":"${'\\u00e4'.repeat(168)}"}`;

/** Pages that are asked for, evenly spread over a table. */
const PAGES = 900;

export const scenarios: readonly Scenario[] = [
  {
    name: 'repeat',
    title: "one caller's token again and again",
    entries: ({ pool }) => {
      const requests = [{ token: pool.token() }];
      return Object.keys(subjects).map((name) => ({ name, program: name, requests, status: 200 }));
    },
  },
  {
    name: 'rotation',
    title: '1,000 callers in rotation',
    entries: ({ pool }) =>
      withExpress(clientIds.map((id) => ({ token: pool.token({ claims: { sub: id, client_id: id } }) }))),
  },
  {
    name: 'new',
    title: 'a new token on every request',
    onlyNewTokens: true,
    // With more, the slower one would also pay for waking its callers, who then have time to fall asleep.
    connections: 1,
    entries: ({ pool, sizes }) => {
      const requests = newTokens(pool, sizes.newTokens);
      return [
        ...withExpress(requests),
        // The same service with one token: the difference is what a new token costs.
        { name: 'known', program: 'service', requests: requests.slice(0, 1), status: 200 },
        // Bare Express that verifies a signature: the difference is what that costs in a server under load.
        { name: 'rsa', program: 'express-rsa', requests, status: 200 },
      ];
    },
  },
  {
    name: 'missing',
    title: 'no token',
    entries: () => withExpress([{}], { status: 401, code: 'missing_token' }),
  },
  {
    name: 'forged',
    title: 'a forged token again and again',
    entries: ({ pool }) => withExpress(forged(pool, 1), { status: 401, code: 'invalid_token' }),
  },
  {
    name: 'forged-new',
    title: 'a new forged token on every request',
    entries: ({ pool, sizes }) =>
      withExpress(forged(pool, sizes.newTokens), { status: 401, code: 'invalid_token' }),
  },
  {
    name: 'scope',
    title: 'a token without the scope',
    entries: ({ pool }) =>
      withExpress([{ token: pool.tokenWith('things.write') }], { status: 403, code: 'insufficient_scope' }),
  },
  {
    name: 'post',
    title: 'POST with a body of 1 KB',
    entries: ({ pool }) => withExpress([{ token: pool.token(), body: KILOBYTE }], { status: 201 }),
  },
  {
    name: 'postgres',
    title: 'the page from PostgreSQL',
    entries: ({ pool, serviceProgram }) => {
      const requests = [{ token: pool.token() }];
      return [
        { name: 'express', program: 'express-postgres', requests, status: 200 },
        { name: 'service', program: serviceProgram, requests, status: 200 },
      ];
    },
  },
  {
    name: 'table',
    title: 'pages from all over a table, one at a time',
    connections: 1,
    entries: async ({ pool, sizes, serviceProgram: program, database }) => {
      const token = pool.token();
      const pagesOf = (rows: number) =>
        Array.from({ length: PAGES }, (_, page) => ({
          token,
          query: `?cursor=${cursor(Math.floor((page * rows) / 1_000))}`,
        }));
      const variables = { DATABASE_URL: await database('large', sizes.largeTable) };
      return [
        { name: 'small', program, requests: pagesOf(SMALL_TABLE), status: 200 },
        { name: 'large', program, variables, requests: pagesOf(sizes.largeTable), status: 200 },
      ];
    },
  },
];

/** Bare Express and the service, which are asked the same. Bare Express looks at no token. */
function withExpress(
  requests: readonly ApiRequest[],
  answer: { readonly status: number; readonly code?: string } = { status: 200 },
): Entry[] {
  const status = answer.status < 300 ? answer.status : 200;
  return [
    { name: 'express', program: 'express', requests, status },
    { name: 'service', program: 'service', requests, ...answer },
  ];
}

/** Requests with a good token each. */
export function newTokens(pool: UserPool, count: number): ApiRequest[] {
  return Array.from({ length: count }, () => ({ token: pool.token({ claims: { jti: randomUUID() } }) }));
}

/**
 * A good token under signatures that are none. As numbers they are small enough to be taken for signatures until they are
 * verified.
 */
function forged(pool: UserPool, count: number): ApiRequest[] {
  const signed = pool.token();
  const unsigned = signed.slice(0, signed.lastIndexOf('.') + 1);
  return Array.from({ length: count }, () => ({
    token: unsigned + randomBytes(256).fill(0, 0, 1).toString('base64url'),
  }));
}

/** The cursor of the page that begins after the n-th row of a table of {@link Environment.database}. */
function cursor(n: number): string {
  return n
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
