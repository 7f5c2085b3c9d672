/** From the first byte sent to the last byte read, in milliseconds. */
const TIMEOUT_MS = 3_000;

/** The most that a key set may weigh after decompression. Cognito's weighs under 1 KB. */
const MAX_BYTES = 150_000;

/**
 * Fetches a JSON document. Follows no redirect: the keys come from the configured URL or not at all.
 *
 * @param signal ends the fetch early
 * @returns the parsed document, of which nothing is checked
 * @throws Error if there is no answer 200 within three seconds in all, the body is larger than 150 KB, or is not JSON
 */
export async function fetchJwks(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  return JSON.parse(await boundedText(response)) as unknown;
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  // The stream is decompressed already, so a small body that swells is stopped too.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`body over ${MAX_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
