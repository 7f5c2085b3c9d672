import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { guidePage } from './guide-page';
import { methodNotAllowed } from '../http/method-not-allowed';

/** What the pages show. */
export interface DocsOptions {
  /** The OpenAPI document. */
  readonly description: object;
  /** The token endpoint, which the interactive page may call; `undefined` where it is not known. */
  readonly tokenUrl: string | undefined;
}

/** Path of the interactive page. */
export const DOCS_PATH = '/docs';
/** Path of the integration guide. */
export const GUIDE_PATH = '/docs/guide';

const PAGES = join(__dirname, 'pages');
const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'));
/** What the pages load, and where it lies. */
const PARTS = [
  ...['docs.css', 'docs.js', 'guide.css', 'icon.svg'].map((file) => ({ file, root: PAGES, maxAge: 0 })),
  ...['swagger-ui-bundle.js', 'swagger-ui.css'].map((file) => ({ file, root: SWAGGER_UI, maxAge: '1d' })),
];

/**
 * - `GET /openapi.json`: the description of the API
 * - `GET /docs`: a page to read it and try it out, all of whose parts this service serves
 * - `GET /docs/guide`: how to integrate with the API, for people, without a script
 */
export function docsRouter({ description, tokenUrl }: DocsOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const json = JSON.stringify(description);
  router
    .route('/openapi.json')
    .get((_req, res) => void res.type('application/json').send(json))
    .all(methodNotAllowed(['GET']));

  const guide = guidePage(readFileSync(join(PAGES, 'guide.html'), 'utf8'), description);
  router
    .route(GUIDE_PATH)
    .get(contentSecurityPolicy("style-src 'self'"), (_req, res) => void res.type('html').send(guide))
    .all(methodNotAllowed(['GET']));
  router
    .route(DOCS_PATH)
    .get(contentSecurityPolicy(...interactive(tokenUrl)), (_req, res) =>
      res.sendFile('index.html', { root: PAGES }),
    )
    .all(methodNotAllowed(['GET']));
  for (const { file, ...place } of PARTS)
    router
      .route(`${DOCS_PATH}/${file}`)
      .get((_req, res) => res.sendFile(file, place))
      .all(methodNotAllowed(['GET']));
  return router;
}

/** Scripts and connections only to ourselves and the token endpoint. Swagger UI sets styles on elements. */
function interactive(tokenUrl: string | undefined): string[] {
  return [
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `connect-src 'self'${tokenUrl ? ` ${new URL(tokenUrl).origin}` : ''}`,
  ];
}

/** What a page may load; everything else is forbidden. */
function contentSecurityPolicy(...directives: readonly string[]): RequestHandler {
  const policy = [
    "default-src 'none'",
    ...directives,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return (_req, res, next) => {
    res.setHeader('Content-Security-Policy', policy);
    next();
  };
}
