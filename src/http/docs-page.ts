import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RequestHandler, Router } from 'express';

/** What the pages show. */
export interface DocsOptions {
  /** The OpenAPI document. */
  readonly description: object;
  /** The token endpoint, which the interactive page may call; `undefined` where it is not known. */
  readonly tokenUrl: string | undefined;
}

/** Path of the interactive page. */
export const DOCS_PATH = '/docs';
const PAGES = join(__dirname, 'docs');
const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'));
const SWAGGER_UI_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css'];

/**
 * - `GET /openapi.json`: the description of the API
 * - `GET /docs`: a page to read it and try it out, all of whose parts this service serves
 */
export function docsRouter({ description, tokenUrl }: DocsOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const json = JSON.stringify(description);
  router.get('/openapi.json', named('/openapi.json'), (_req, res) => {
    res.type('application/json').send(json);
  });

  const pages = Router({ caseSensitive: true, strict: true });
  pages.use(named(DOCS_PATH), contentSecurityPolicy(tokenUrl));
  pages.get(DOCS_PATH, (_req, res) => res.sendFile('index.html', { root: PAGES }));
  for (const file of SWAGGER_UI_FILES)
    pages.get(`${DOCS_PATH}/${file}`, (_req, res) => res.sendFile(file, { root: SWAGGER_UI, maxAge: '1d' }));
  pages.use(DOCS_PATH, express.static(PAGES, { index: false, redirect: false }));
  router.use((req, res, next) => (/^\/docs(\/|$)/.test(req.path) ? pages(req, res, next) : next()));
  return router;
}

function named(path: string): RequestHandler {
  return (req, _res, next) => {
    req.routeTemplate = path;
    next();
  };
}

/** Scripts and connections only to ourselves and the token endpoint. Swagger UI sets styles on elements. */
function contentSecurityPolicy(tokenUrl: string | undefined): RequestHandler {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src 'self'${tokenUrl ? ` ${new URL(tokenUrl).origin}` : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return (_req, res, next) => {
    res.setHeader('Content-Security-Policy', policy);
    next();
  };
}
