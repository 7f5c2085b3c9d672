import type { RequestHandler } from 'express';
import { z } from 'zod';

export const fault = z
  .strictObject({
    /** Applies to requests whose path begins with it. */
    path: z.string().startsWith('/').optional(),
    /** Applies to calls of this API operation, e.g. `CreateUserPool`. */
    operation: z.string().min(1).optional(),
    status: z.int().min(400).max(599).optional(),
    delayMilliseconds: z.int().min(0).max(300_000).optional(),
    /** How many requests it applies to. The default is all, until it is cleared. */
    times: z.int().min(1).optional(),
  })
  .refine(({ path, operation }) => (path === undefined) !== (operation === undefined), {
    error: 'expected one of path and operation',
  })
  .refine(({ status, delayMilliseconds }) => status !== undefined || delayMilliseconds !== undefined, {
    error: 'expected status, delayMilliseconds or both',
  });

/** A fault to inject: responses are delayed, or are errors. */
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
  let faults: Fault[] = [];

  return {
    get faults() {
      return faults;
    },
    inject: (fault) => void faults.push({ ...fault }),
    clear() {
      faults = [];
    },
    middleware(req, res, next) {
      const operation = req.get('X-Amz-Target')?.split('.')[1];
      const found = faults.find((fault) =>
        fault.path === undefined ? fault.operation === operation : req.path.startsWith(fault.path),
      );
      if (!found) return next();
      if (found.times !== undefined && --found.times === 0)
        faults = faults.filter((fault) => fault !== found);

      const { status, delayMilliseconds = 0 } = found;
      const respond = () => {
        if (status === undefined) return next();
        const type = status < 500 ? 'TooManyRequestsException' : 'InternalErrorException';
        const message = 'An injected fault.';
        // In the form of the endpoint: an error of the API, or of OAuth.
        res.status(status).json(operation === undefined ? { error: message } : { __type: type, message });
      };
      // Unreferenced, so that it does not keep the process alive.
      setTimeout(respond, delayMilliseconds).unref();
    },
  };
}
