import { ask } from './ask';
import { Failure } from './failure';
import { parseJsonObject } from './json-object';

/** An operation of the API, as its description tells it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** Qualified; a token must hold all of them. */
  readonly scopes: readonly string[];
}

type Description = Partial<{
  paths: Record<string, Record<string, { summary?: string; security?: Record<string, string[]>[] }>>;
}>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * What the API offers, from its own `/openapi.json`.
 *
 * @throws Failure if it cannot be had
 */
export async function readOperations(apiUrl: string): Promise<readonly Operation[]> {
  const url = `${apiUrl}/openapi.json`;
  const answer = await ask(url);
  const { paths } = parseJsonObject(await answer.text()) as Description;
  if (!paths) throw new Failure(`${url} answers ${answer.status} and no description of an API.`);
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const { summary = '', security = [] } = operation;
      return { method: method.toUpperCase(), path, summary, scopes: Object.values(security[0] ?? {}).flat() };
    }),
  );
}
