import type { Express, Request, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

/**
 * Gives the requests of an application their `req.log`: a logger that adds the request's id to each line, and nothing else.
 * It is made when it is first asked for, since most requests log nothing but the line that ends them.
 */
export function defineRequestLog(app: Express, logger: Logger): void {
  const assignLogger = pinoHttp<Request, Response>({
    logger,
    // Its own line would cost three listeners, and come without a duration that the metrics could share.
    autoLogging: false,
    customAttributeKeys: { req: 'requestId' },
    serializers: { requestId: ({ id }: Request) => id },
    wrapSerializers: false,
  });
  Object.defineProperty(app.request, 'log', {
    get(this: Request & { res: Response }) {
      Object.defineProperty(this, 'log', { value: undefined, writable: true });
      assignLogger(this, this.res);
      return this.log;
    },
  });
}
