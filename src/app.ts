import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { openApiDocument } from './api/openapi';
import type { Resource } from './api/resource';
import { addResources } from './api/router';
import { scopeCatalogue } from './api/scopes';
import { createAuth } from './auth/middleware';
import { qualifyScope } from './auth/scopes';
import type { TokenVerifier } from './auth/token-verifier';
import { admitListedClients } from './clients/admit-listed-clients';
import type { Config } from './config/config';
import type { Database } from './database/database';
import { DatabaseUnavailableError, OutcomeUnknownError } from './database/errors';
import { docsRouter } from './docs/docs-router';
import { RESOURCE_METADATA_PATH, resourceMetadataRouter } from './docs/resource-metadata';
import { Problem, problemHandler, problems } from './http/problem';
import { securityHeaders } from './http/security-headers';
import { defineRequestLog, observeExchanges } from './observability/access-log';
import { type Checks, healthRouter, LIVEZ, READYZ } from './observability/health';
import type { Metrics } from './observability/metrics';
import { about } from './resources/about';

/** What the application is made of. */
export interface Dependencies {
  readonly config: Pick<Config, 'publicUrl' | 'trustProxyHops' | 'cognito' | 'resourceServerIdentifier'>;
  readonly log: Logger;
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  readonly resources: readonly Resource[];
  readonly database: Database;
  readonly checks: Checks;
  readonly metrics: Metrics;
}

/** The whole service but for its sockets. The order of the middlewares is decided here, and only here. */
export function createApp({
  config,
  log,
  verifier,
  resources,
  database,
  checks,
  metrics,
}: Dependencies): Express {
  const { publicUrl, resourceServerIdentifier: identifier } = config;
  const scopes = scopeCatalogue(resources);
  const resourceMetadata = {
    resource: publicUrl,
    authorizationServer: config.cognito.issuer,
    scopes: Object.keys(scopes).map((name) => qualifyScope(identifier, name)),
    documentation: `${publicUrl}/docs`,
  };
  const resourceMetadataUrl = publicUrl + RESOURCE_METADATA_PATH;
  const admit = admitListedClients(config.cognito.clientIds);
  const auth = createAuth({ verifier, admit, identifier, scopes, resourceMetadataUrl });

  const description = openApiDocument(resources, { about, identifier, publicUrl, ...config.cognito });

  const app = express();
  app.set('trust proxy', config.trustProxyHops);
  app.enable('case sensitive routing').enable('strict routing');
  app.disable('x-powered-by').disable('etag');

  defineRequestLog(app, log);
  const observe = observeExchanges(log, metrics, [LIVEZ, READYZ]);
  const setSecurityHeaders = securityHeaders();
  app.use((req, res, next) => {
    observe(req, res);
    setSecurityHeaders(res);
    next();
  });

  // First, so that its requests need not be compared with every public path.
  addResources(app, resources, { auth, database });

  app.use(healthRouter(checks));
  app.use(resourceMetadataRouter(resourceMetadata));
  app.use(docsRouter({ description, tokenUrl: config.cognito.tokenUrl }));

  app.use((_req, _res, next) => next(new Problem(problems.notFound)));
  app.use(problemHandler(databaseProblem));
  return app;
}

function databaseProblem(error: unknown): Problem | undefined {
  if (error instanceof DatabaseUnavailableError)
    return new Problem(problems.databaseUnavailable, { headers: { 'Retry-After': '2' } });
  // Without Retry-After, on which many clients repeat a request by themselves.
  if (error instanceof OutcomeUnknownError) return new Problem(problems.outcomeUnknown);
  return undefined;
}
