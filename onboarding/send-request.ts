import { CommandError } from './command-error';

/**
 * `fetch` with a time limit of ten seconds and without redirects.
 *
 * @throws CommandError if there is no answer
 */
export async function sendRequest(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw new CommandError(`${url} cannot be reached (${cause?.code ?? (error as Error).name}).`);
  }
}
