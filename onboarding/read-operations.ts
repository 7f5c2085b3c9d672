import { sendRequest } from './send-request';
import { CommandError } from './command-error';
import { parseJsonObject } from './parse-json-object';

/** An operation of the API, from its description. */
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
 * Reads the operations of the API from its `/openapi.json`.
 *
 * @throws CommandError if there is no answer, or no description in it
 */
export async function readOperations(apiUrl: string): Promise<readonly Operation[]> {
  const url = `${apiUrl}/openapi.json`;
  const answer = await sendRequest(url);
  const { paths } = parseJsonObject(await answer.text()) as Description;
  if (!paths) throw new CommandError(`${url} answers ${answer.status} and no description of an API.`);
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const { summary = '', security = [] } = operation;
      return { method: method.toUpperCase(), path, summary, scopes: Object.values(security[0] ?? {}).flat() };
    }),
  );
}
