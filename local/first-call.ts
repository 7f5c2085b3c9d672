/** What is read of an API description (OpenAPI 3.1). */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/**
 * The path of the first call to show: what the API lists first to a client with these scopes.
 *
 * @param scopes qualified with the resource server's identifier
 * @throws Error if the client may read nothing without knowing an id
 */
export function firstPath({ paths }: Description, scopes: readonly string[]): string {
  const mayCall = ({ security }: Operation) =>
    security.some((scheme) =>
      Object.values(scheme).every((needed) => needed.every((scope) => scopes.includes(scope))),
    );
  const found = Object.entries(paths).find(
    ([path, { get }]) => !path.includes('{') && get !== undefined && mayCall(get),
  );
  if (!found) throw new Error('The API has nothing to list.');
  return found[0];
}

/** Fetches the description that a running service publishes. */
export async function fetchDescription(apiUrl: string): Promise<Description> {
  const answer = await fetch(`${apiUrl}/openapi.json`);
  return (await answer.json()) as Description;
}
