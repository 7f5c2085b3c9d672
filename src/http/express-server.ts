import { createServer, IncomingMessage, type Server, ServerResponse, type ServerOptions } from 'node:http';
import type { Express } from 'express';

/**
 * The HTTP server of an Express application, whose requests and answers are born with the prototypes that Express would
 * give to each of them: an object whose prototype is changed is slow to use from then on.
 *
 * The application works behind any other server too, only slower.
 */
export function createExpressServer(options: ServerOptions, app: Express): Server {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  app.request = inherit(ExpressRequest.prototype, app.request);
  app.response = inherit(ExpressResponse.prototype, app.response);
  return createServer({ ...options, IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse }, app);
}

function inherit<T extends object>(prototype: object, parent: T): T {
  return Object.setPrototypeOf(prototype, parent) as T;
}
