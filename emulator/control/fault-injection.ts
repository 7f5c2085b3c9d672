import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { sendAwsError } from '../aws-json';

export const fault = z
  .strictObject({
    /** Applies to requests whose path begins with it. */
    path: z.string().startsWith('/').optional(),
    /** Applies to calls of this API operation, e.g. `CreateUserPool`. */
    operation: z.string().min(1).optional(),
    status: z.int().min(400).max(599).optional(),
    delayMilliseconds: z.int().min(0).max(300_000).optional(),
    /** A quota: throttles the requests beyond this number in a second. */
    requestsPerSecond: z.int().min(0).optional(),
    /** How many requests it applies to. The default is all, until it is cleared. */
    times: z.int().min(1).optional(),
  })
  .refine(({ path, operation }) => (path === undefined) !== (operation === undefined), {
    error: 'expected one of path and operation',
  })
  .refine(
    ({ status, delayMilliseconds, requestsPerSecond }) =>
      [status, delayMilliseconds, requestsPerSecond].some((effect) => effect !== undefined),
    { error: 'expected at least one of status, delayMilliseconds and requestsPerSecond' },
  )
  .refine(({ status, requestsPerSecond }) => status === undefined || requestsPerSecond === undefined, {
    error: 'expected only one of status and requestsPerSecond',
  });

/** A fault to inject: responses are delayed, are errors, or are throttled. */
export type Fault = z.output<typeof fault>;

/** The injected faults. A restart clears them. */
export interface FaultInjection {
  readonly faults: readonly Fault[];
  inject(fault: Fault): void;
  clear(): void;
  /** Applies the oldest matching fault to each request. */
  readonly middleware: RequestHandler;
}

export function faultInjection(): FaultInjection {
  let injected: { fault: Fault; isWithinQuota: () => boolean }[] = [];

  return {
    get faults() {
      return injected.map(({ fault }) => fault);
    },
    inject: (fault) =>
      void injected.push({ fault: { ...fault }, isWithinQuota: quota(fault.requestsPerSecond) }),
    clear() {
      injected = [];
    },
    middleware(req, res, next) {
      const operation = operationOf(req);
      const found = injected.find(({ fault }) =>
        fault.path === undefined ? fault.operation === operation : req.path.startsWith(fault.path),
      );
      if (!found || found.isWithinQuota()) return next();
      const { fault } = found;
      if (fault.times !== undefined && --fault.times === 0)
        injected = injected.filter((other) => other !== found);

      const respond = () => {
        if (fault.requestsPerSecond !== undefined) return sendThrottled(req, res);
        if (fault.status === undefined) return next();
        sendFault(req, res, fault.status);
      };
      // Unreferenced, so that it does not keep the process alive.
      setTimeout(respond, fault.delayMilliseconds ?? 0).unref();
    },
  };
}

/** A function that counts requests per second. It returns true as long as there are no more than allowed. */
function quota(requestsPerSecond: number | undefined): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    if (requestsPerSecond === undefined) return false;
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, count] = [now, 0];
    return ++count <= requestsPerSecond;
  };
}

/**
 * Answers as AWS beyond a quota. Of the API, errors have the status 400 and a type that depends on the service
 * (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html). The endpoints of a
 * domain answer 429, as users report; AWS does not document their body.
 */
function sendThrottled(req: Request, res: Response): void {
  if (operationOf(req) === undefined) {
    res.status(429).json({ error: 'Rate exceeded' });
    return;
  }
  const isCognito = req.get('X-Amz-Target')?.startsWith('AWSCognitoIdentityProviderService.');
  sendAwsError(res, 400, isCognito ? 'TooManyRequestsException' : 'ThrottlingException', 'Rate exceeded');
}

/** Answers with a status, in the form of the endpoint: an error of the API, or of OAuth. */
function sendFault(req: Request, res: Response, status: number): void {
  const message = 'A fault on demand.';
  if (operationOf(req) === undefined) res.status(status).json({ error: message });
  else
    sendAwsError(res, status, status < 500 ? 'TooManyRequestsException' : 'InternalErrorException', message);
}

function operationOf(req: Request): string | undefined {
  return req.get('X-Amz-Target')?.split('.')[1];
}
