import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { RepeatableOutcomeError } from './api/idempotency';
import { openApiDocument } from './api/openapi';
import { problemTypes } from './api/problem-responses';
import { forThirdParties, type Resource } from './api/resource';
import { addResources } from './api/router';
import { scopeCatalogue } from './api/scopes';
import { createAuth } from './auth/middleware';
import { qualifyScope } from './auth/scopes';
import type { TokenVerifier } from './auth/token-verifier';
import type { Admission } from './clients/admission';
import type { UsageCounter } from './clients/usage-counter';
import type { Config } from './config/config';
import type { Database } from './database/database';
import { DatabaseUnavailableError, OutcomeUnknownError } from './database/errors';
import type { Content } from './docs/content';
import { docsRouter } from './docs/docs-router';
import { RESOURCE_METADATA_PATH, resourceMetadataRouter } from './docs/resource-metadata';
import type { Connections, Listeners } from './http/connections';
import { accessLog } from './observability/access-log';
import { type Checks, healthRouter, LIVEZ, READYZ } from './observability/health';
import { namesOneHost } from './http/host';
import type { Metrics } from './observability/metrics';
import { defineRequestLog } from './observability/request-log';
import type { Tracing } from './observability/tracing';
import { UnparsedRequestLog } from './observability/unparsed-request-log';
import { Problem, problemHandler, problems } from './http/problem';
import { securityHeaders } from './http/security-headers';
import { about } from './resources/about';

/** What the application is made of. */
export interface Dependencies {
  readonly config: Pick<Config, 'publicUrl' | 'trustProxyHops' | 'cognito' | 'resourceServerIdentifier'>;
  readonly log: Logger;
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  readonly admission: Pick<Admission, 'admit' | 'countForbidden'>;
  readonly usage: Pick<UsageCounter, 'today'>;
  readonly resources: readonly Resource[];
  readonly database: Database;
  readonly checks: Checks;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
  readonly connections: Connections;
  readonly content: Content;
}

/** The application. */
export interface App {
  /** They take every request of a server. */
  readonly listeners: Listeners;
  /** What answers them, whose prototypes their objects have. */
  readonly express: Express;
}

/** The whole service but for its sockets. The order of the middlewares is decided here, and only here. */
export function createApp({
  config,
  log,
  verifier,
  admission,
  usage,
  resources,
  database,
  checks,
  metrics,
  tracing,
  connections,
  content,
}: Dependencies): App {
  const { publicUrl, resourceServerIdentifier: identifier } = config;
  const resourceMetadata = {
    resource: publicUrl,
    authorizationServer: config.cognito.issuer,
    scopes: Object.keys(scopeCatalogue(forThirdParties(resources))).map((name) =>
      qualifyScope(identifier, name),
    ),
    documentation: `${publicUrl}/docs`,
  };
  const resourceMetadataUrl = publicUrl + RESOURCE_METADATA_PATH;
  const auth = createAuth({
    verifier,
    admit: (caller, req, res) => {
      admission.admit(caller, req, res);
      req.observer.explain?.('client admitted', {
        clientId: caller.clientId,
        clientName: req.admittedClient?.name,
      });
    },
    identifier,
    scopes: scopeCatalogue(resources),
    resourceMetadataUrl,
    observerOf: ({ observer }) => observer,
  });

  const describe = (described: readonly Resource[]) => ({
    description: openApiDocument(described, { about, identifier, publicUrl, ...config.cognito }),
    problems: problemTypes(described),
  });

  const app = express();
  app.set('trust proxy', config.trustProxyHops);
  app.enable('case sensitive routing').enable('strict routing');
  app.disable('x-powered-by').disable('etag');

  defineRequestLog(app, log);
  const answerProblem = problemHandler(databaseProblem, publicUrl);
  const handleProblem: typeof answerProblem = (error, req, res, next) => {
    answerProblem(error, req, res, next);
    if (res.statusCode === 403 && req.admittedClient) admission.countForbidden(req.admittedClient);
  };

  // Before the public paths, with which its requests, those that it refuses included, then need not be compared.
  addResources(app, resources, { auth, database, usage });
  app.use(handleProblem);

  app.use(healthRouter(checks));
  app.use(resourceMetadataRouter(resourceMetadata));
  app.use(
    docsRouter({
      content,
      tokenUrl: config.cognito.tokenUrl,
      whole: describe(resources),
      forThirdParties: describe(forThirdParties(resources)),
    }),
  );

  app.use((_req, _res, next) => next(new Problem(problems.notFound)));

  const logAccess = accessLog({ log, metrics, tracing, quiet: [LIVEZ, READYZ] });
  const setSecurityHeaders = securityHeaders();
  const malformed = new Problem(problems.malformedRequest, { headers: { Connection: 'close' } });
  const answering = {
    answer(req: Request, res: Response) {
      if (!namesOneHost(req)) return handleProblem(malformed, req, res);
      // Errors of the public paths, and a request whose target is no URL, which passes all of them by.
      app(req, res, (error: unknown) => handleProblem(error ?? malformed, req, res));
    },
    refuse: (req: Request, res: Response, problem: Problem) => handleProblem(problem, req, res),
  };
  const unparsed = new UnparsedRequestLog(log);
  const listeners: Listeners = {
    onRequest(req, res) {
      logAccess(req, res);
      setSecurityHeaders(res);
      connections.enqueue(req, res, answering);
    },
    onUnparsed(message, answer, problem) {
      const { req, res } = asExpress(app, message, answer);
      req.id = randomUUID();
      res.setHeader('X-Request-Id', req.id);
      metrics.countUnparsed(problem.code);
      unparsed.write({
        requestId: req.id,
        status: problem.status,
        reason: problem.code,
        ip: message.socket.remoteAddress,
      });
      setSecurityHeaders(res);
      connections.enqueue(req, res, { ...answering, answer: () => handleProblem(problem, req, res) });
    },
  };
  return { listeners, express: app };
}

/** What Express does to a request that it is given. */
function asExpress(app: Express, message: IncomingMessage, answer: ServerResponse) {
  const req = Object.setPrototypeOf(message, app.request) as Request;
  const res = Object.setPrototypeOf(answer, app.response) as Response;
  return { req: Object.assign(req, { res }), res: Object.assign(res, { req }) };
}

function databaseProblem(error: unknown): Problem | undefined {
  if (error instanceof DatabaseUnavailableError)
    return new Problem(problems.databaseUnavailable, { headers: { 'Retry-After': '2' } });
  if (error instanceof RepeatableOutcomeError)
    return new Problem(problems.outcomeUnknown, {
      detail: 'The change may have been made or not; send it again with the same Idempotency-Key',
      headers: { 'Retry-After': '2' },
    });
  // Without Retry-After, on which many clients repeat a request by themselves.
  if (error instanceof OutcomeUnknownError) return new Problem(problems.outcomeUnknown);
  return undefined;
}
