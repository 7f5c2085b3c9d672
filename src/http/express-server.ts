import { createServer, IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { Express } from 'express';
import { createResponseClass } from './response-class';

/**
 * An HTTP server for an Express application, whose requests and answers are born with the prototypes that Express would
 * give to each of them: an object whose prototype is changed is slow to use from then on. It has no listener yet.
 *
 * The application works behind any other server too, only slower.
 */
export function createExpressServer(options: ServerOptions, app: Express): Server {
  class ExpressRequest extends IncomingMessage {}
  const ExpressResponse = createResponseClass();
  app.request = inherit(ExpressRequest.prototype, app.request);
  app.response = inherit(ExpressResponse.prototype, app.response);
  return createServer({ ...options, IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse });
}

function inherit<T extends object>(prototype: object, parent: T): T {
  return Object.setPrototypeOf(prototype, parent) as T;
}
