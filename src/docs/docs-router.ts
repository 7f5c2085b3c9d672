import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../http/method-not-allowed';
import type { ProblemType } from '../http/problem';
import { serveStatic, type StaticContent } from '../http/static-content';
import type { Content } from './content';
import { createPortal, DOCS_PATH, type PortalOptions } from './portal';

/** What the pages show. */
export interface DocsOptions {
  /** The text of the pages. */
  readonly content: Content;
  /** The token endpoint, which the reference may call; `undefined` where it is not known. */
  readonly tokenUrl: string | undefined;
  /** The whole API. */
  readonly whole: DescribedApi;
  /** What of it concerns third parties. */
  readonly forThirdParties: DescribedApi;
}

/** An API, or a part of it. */
interface DescribedApi {
  /** The OpenAPI document. */
  readonly description: object;
  /** Every type of problem that its operations answer with. */
  readonly problems: readonly ProblemType[];
}

const ASSETS = join(__dirname, 'assets');
const FONT = { mediaType: 'font/woff2', maxAgeSeconds: 86_400 };
/** What the pages load, by its name there. */
const PARTS = {
  'portal.css': { mediaType: 'text/css; charset=utf-8' },
  'portal.js': { mediaType: 'text/javascript; charset=utf-8' },
  'reference.js': { mediaType: 'text/javascript; charset=utf-8' },
  'icon.svg': { mediaType: 'image/svg+xml' },
  'inter.woff2': FONT,
  'jetbrains-mono.woff2': FONT,
};
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * - `GET /`: leads to the portal
 * - `GET /openapi.json`: the description of the API
 * - `GET /docs` and below: the portal for third parties, all of whose parts this service serves
 *
 * All of it is made once, here, and answered from memory.
 */
export function docsRouter({ tokenUrl, ...options }: DocsOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const serve = (path: string, content: StaticContent, ...before: readonly RequestHandler[]) =>
    router
      .route(path)
      .get(...before, serveStatic(content))
      .all(methodNotAllowed(['GET']));

  router
    .route('/')
    .get(
      (_req, res) =>
        void res
          .status(302)
          .location(DOCS_PATH)
          .json({ documentation: DOCS_PATH, description: '/openapi.json' }),
    )
    .all(methodNotAllowed(['GET']));
  serve('/openapi.json', { content: JSON.stringify(options.whole.description), mediaType: JSON_TYPE });
  const { pages, search } = createPortal(options as PortalOptions);
  const policy = contentSecurityPolicy();
  const policyWithTokens = contentSecurityPolicy(tokenUrl);
  for (const { path, html, callsTokenEndpoint } of pages)
    serve(path, { content: html, mediaType: HTML }, callsTokenEndpoint ? policyWithTokens : policy);
  serve(`${DOCS_PATH}/search.json`, { content: JSON.stringify(search), mediaType: JSON_TYPE });
  for (const [name, part] of Object.entries(PARTS))
    serve(`${DOCS_PATH}/${name}`, {
      content: readFileSync(join(ASSETS, part === FONT ? 'fonts' : '', name)),
      ...part,
    });
  return router;
}

/**
 * What a page may load: only what this service serves; no script and no style within the page.
 *
 * @param tokenUrl an endpoint that its scripts may call too
 */
function contentSecurityPolicy(tokenUrl?: string): RequestHandler {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
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
