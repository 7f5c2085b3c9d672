import express, { type Router } from 'express';

/**
 * Lets web pages of any origin send requests and read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * No cookie counts here. Caches are kept out, too: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 *
 * @param methods Allowed beside OPTIONS, for example `GET, POST`.
 */
export function openToWebPages(methods: string): Router {
  const router = express.Router();
  router.use((_req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache', 'Access-Control-Allow-Origin': '*' });
    next();
  });
  router.options('/', (_req, res) => {
    res.set({
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
    });
    res.status(204).end();
  });
  return router;
}
