import { Failure } from './failure';

/**
 * `fetch` with a time limit, and with an error for people.
 *
 * @throws Failure if no answer comes
 */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw new Failure(`${url} cannot be reached (${cause?.code ?? (error as Error).name}).`);
  }
}
