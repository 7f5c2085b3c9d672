import type { z } from 'zod';
import type { UserPools } from '../store/store';

/** Who calls, and what the call is about, apart from its input. */
export interface Call {
  readonly pools: UserPools;
  /** Of the signature; empty where there is none. */
  readonly region: string;
}

/** One operation of a service's API. */
export interface Operation {
  /** Members that it does not name are refused by name, so that nobody relies on what is not here. */
  readonly input: z.ZodType;
  /** @returns The members of the answer; `undefined` where the service's answer has no body. */
  readonly handle: (input: never, call: Call) => object | undefined;
  /** It needs no signature. */
  readonly unsigned?: true;
}

/** Gives the handler the type of what the schema lets through. */
export function operation<Schema extends z.ZodType>(
  input: Schema,
  handle: (input: z.output<Schema>, call: Call) => object | undefined,
): Operation {
  return { input, handle };
}

/** A service as it is addressed: by the prefix of `X-Amz-Target`, and in the scope of the signature. */
export interface Service {
  readonly target: string;
  readonly signingName: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** The name of its error for input that breaks a rule. */
  readonly validationError: string;
}

/** The account that everything belongs to. */
export const account = '000000000000';
