import type { Caller } from '../auth/caller';
import type { Transactional } from '../database/queryable';
import type { Endpoint } from './endpoint';

/** A part of the API with its own scopes, endpoints, tables and store: one folder in `src/resources`. */
export interface Resource<Scope extends string = string, Store = unknown> {
  /** Plural, as in the path: `/api/v1/<name>`. */
  readonly name: string;
  /**
   * Whether it is for those who run the API: its scopes are for operator clients alone, and nothing that third parties read
   * mentions it but the API description, where its operations have a tag of their own.
   */
  readonly forOperators?: boolean;
  /** Scope name ▶ description that people see. A name may not contain `/` (Cognito) or a space (RFC 6749 §3.3). */
  readonly scopes: Readonly<Record<Scope, string>>;
  /** Folder of the SQL migrations that make its tables. */
  readonly migrations?: string;
  /**
   * Makes the store that the handler of a request receives.
   *
   * @param sql executes its statements: the pool, or a transaction
   * @param caller who has sent the request; a store of rows that belong to clients is restricted to those of this one
   */
  store(sql: Transactional, caller: Caller): Store;
  readonly endpoints: readonly Endpoint<Scope, Store>[];
}

/** Declares a resource; the types make sure that its endpoints name only its own scopes and use its own store. */
export function resource<Scope extends string, Store>(
  declaration: Resource<Scope, Store>,
): Resource<Scope, Store> {
  return declaration;
}

/** The resources that third parties call. */
export function forThirdParties(resources: readonly Resource[]): readonly Resource[] {
  return resources.filter(({ forOperators }) => !forOperators);
}
