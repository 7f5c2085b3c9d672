import type { RequestHandler } from 'express';
import { z } from 'zod';

export const fault = z
  .strictObject({
    /** Each request whose path begins so. */
    path: z.string().startsWith('/').optional(),
    /** Each call of this operation of an API, e.g. `CreateUserPool`. */
    operation: z.string().min(1).optional(),
    status: z.int().min(400).max(599).optional(),
    delayMilliseconds: z.int().min(0).max(300_000).optional(),
    /** How many requests it meets; without it all until it is taken back. */
    times: z.int().min(1).optional(),
  })
  .refine(({ path, operation }) => (path === undefined) !== (operation === undefined), {
    error: 'expected one of path and operation',
  })
  .refine(({ status, delayMilliseconds }) => status !== undefined || delayMilliseconds !== undefined, {
    error: 'expected status, delayMilliseconds or both',
  });

/** A fault on demand: answers come late, or are errors. */
export type Fault = z.output<typeof fault>;

/** The faults that are planted; they are gone after a restart. */
export interface Faults {
  readonly all: readonly Fault[];
  plant(fault: Fault): void;
  clear(): void;
  /** Lets each request meet the oldest fault that is meant for it. */
  readonly apply: RequestHandler;
}

export function plantedFaults(): Faults {
  let all: Fault[] = [];

  return {
    get all() {
      return all;
    },
    plant: (fault) => void all.push({ ...fault }),
    clear() {
      all = [];
    },
    apply(req, res, next) {
      const operation = req.get('X-Amz-Target')?.split('.')[1];
      const met = all.find((fault) =>
        fault.path === undefined ? fault.operation === operation : req.path.startsWith(fault.path),
      );
      if (!met) return next();
      if (met.times !== undefined && --met.times === 0) all = all.filter((fault) => fault !== met);

      const { status, delayMilliseconds = 0 } = met;
      const go = () => {
        if (status === undefined) return next();
        const type = status < 500 ? 'TooManyRequestsException' : 'InternalErrorException';
        const message = 'A fault on demand.';
        // In the form of the endpoint: an error of the API, or of OAuth.
        res.status(status).json(operation === undefined ? { error: message } : { __type: type, message });
      };
      // Nothing waits for it when the stand-in stops.
      setTimeout(go, delayMilliseconds).unref();
    },
  };
}
