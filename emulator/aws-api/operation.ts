import type { z } from 'zod';
import type { Store } from '../store/store';

/** The context of a call, apart from its input. */
export interface Call {
  readonly store: Store;
  /** The Region of the signature; empty without one. */
  readonly region: string;
}

/** One operation of a service's API. */
export interface Operation {
  /** Members that it does not list are refused by name, so that no caller relies on what is missing here. */
  readonly input: z.ZodType;
  /** @returns The members of the response; `undefined` where the service's response has no body. */
  readonly handle: (input: never, call: Call) => object | undefined;
  /** The operation needs no signature. */
  readonly unsigned?: true;
}

/** Gives the handler the type that the schema produces. */
export function operation<Schema extends z.ZodType>(
  input: Schema,
  handle: (input: z.output<Schema>, call: Call) => object | undefined,
): Operation {
  return { input, handle };
}

/** A service, as calls address it: by the prefix of `X-Amz-Target`, and in the scope of the signature. */
export interface Service {
  readonly target: string;
  readonly signingName: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** The name of its error for input that violates a constraint. */
  readonly validationError: string;
}
