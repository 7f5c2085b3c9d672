/** From the first byte sent to the last byte read, in milliseconds. */
const TIMEOUT_MS = 3_000;

/** The largest document, after decompression. Cognito's has less than 1 KB. */
const MAX_BYTES = 150_000;

/**
 * Fetches a JSON document. It follows no redirect: the keys come from the configured URL or not at all.
 *
 * @param signal ends the fetch early
 * @returns the parsed document; nothing in it is checked
 * @throws Error if there is no answer 200 within three seconds in all, the body is larger than 150 KB, or is not JSON
 */
export async function fetchJwks(url: string, signal: AbortSignal): Promise<unknown> {
  const ending = new AbortController();
  const stop = () => ending.abort(signal.reason);
  const timer = setTimeout(
    () => ending.abort(new Error(`no whole answer within ${TIMEOUT_MS} ms`)),
    TIMEOUT_MS,
  );
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: ending.signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    return JSON.parse(await boundedText(response, ending.signal)) as unknown;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(timer);
  }
}

async function boundedText(response: Response, signal: AbortSignal): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const cancel = () => void reader.cancel().catch(() => undefined);
  // After the response has begun, fetch refers to its signal only weakly, and may lose it while the body trickles in.
  signal.addEventListener('abort', cancel);
  try {
    let text = '';
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      // The stream is already decompressed, so a small body that inflates is stopped too.
      bytes += part.value.byteLength;
      if (bytes > MAX_BYTES) throw new Error(`body over ${MAX_BYTES} bytes`);
      text += decoder.decode(part.value, { stream: true });
    }
    signal.throwIfAborted();
    return text + decoder.decode();
  } finally {
    cancel();
  }
}
