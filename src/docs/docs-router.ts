import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { guidePage } from './guide-page';
import { methodNotAllowed } from '../http/method-not-allowed';
import { serveStatic, type StaticContent } from '../http/static-content';

/** What the pages show. */
export interface DocsOptions {
  /** The OpenAPI document. */
  readonly description: object;
  /** What of it concerns third parties, for the guide. */
  readonly descriptionForThirdParties: object;
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
  { file: 'docs.css', folder: PAGES, mediaType: 'text/css; charset=utf-8' },
  { file: 'docs.js', folder: PAGES, mediaType: 'text/javascript; charset=utf-8' },
  { file: 'guide.css', folder: PAGES, mediaType: 'text/css; charset=utf-8' },
  { file: 'icon.svg', folder: PAGES, mediaType: 'image/svg+xml' },
  {
    file: 'swagger-ui-bundle.js',
    folder: SWAGGER_UI,
    mediaType: 'text/javascript; charset=utf-8',
    maxAgeSeconds: 86_400,
  },
  { file: 'swagger-ui.css', folder: SWAGGER_UI, mediaType: 'text/css; charset=utf-8', maxAgeSeconds: 86_400 },
];
const HTML = 'text/html; charset=utf-8';

/**
 * - `GET /openapi.json`: the description of the API
 * - `GET /docs`: a page to read it and try it out, all of whose parts this service serves
 * - `GET /docs/guide`: how to integrate with the API, for people, without a script
 *
 * All of it is read once, here, and answered from memory.
 */
export function docsRouter({ description, descriptionForThirdParties, tokenUrl }: DocsOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const serve = (path: string, content: StaticContent, ...before: readonly RequestHandler[]) =>
    router
      .route(path)
      .get(...before, serveStatic(content))
      .all(methodNotAllowed(['GET']));

  serve('/openapi.json', {
    content: JSON.stringify(description),
    mediaType: 'application/json; charset=utf-8',
  });
  serve(
    GUIDE_PATH,
    {
      content: guidePage(readFileSync(join(PAGES, 'guide.html'), 'utf8'), descriptionForThirdParties),
      mediaType: HTML,
    },
    contentSecurityPolicy("style-src 'self'"),
  );
  serve(
    DOCS_PATH,
    { content: readFileSync(join(PAGES, 'index.html')), mediaType: HTML },
    contentSecurityPolicy(...interactive(tokenUrl)),
  );
  for (const { file, folder, ...part } of PARTS)
    serve(`${DOCS_PATH}/${file}`, { content: readFileSync(join(folder, file)), ...part });
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
