import express, { type Router } from 'express';

/**
 * Allows web pages of any origin to send requests and to read the responses
 * (https://fetch.spec.whatwg.org/#http-cors-protocol); these endpoints use no cookie. It also keeps the responses out
 * of caches: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 *
 * @param methods Allowed besides OPTIONS, for example `GET, POST`.
 */
export function cors(methods: string): Router {
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
