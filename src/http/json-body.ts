import type { Hash } from 'node:crypto';
import type { Request } from 'express';
import rawBody from 'raw-body';
import { jsonFault } from './json-fault';
import { Problem, problems } from './problem';

/** The most that a body may weigh, in bytes. */
const MAX_BYTES = 100 * 1024;

/**
 * The JSON body of a request, of which only the syntax is checked.
 *
 * A body that is too large is refused as soon as that is known, and its connection closed, where Express's own parser
 * would read it to the end first. A client that waits for `100 Continue` gets it when nothing else is left to refuse.
 *
 * @param mediaTypes those accepted
 * @param digest is updated with the bytes of the body
 * @throws Problem 415 if it is of another media type, charset or content coding; 413 if it is over 100 KiB; 400 if it is
 *   not JSON, not UTF-8, or ends early
 */
export async function readJsonBody(
  req: Request,
  mediaTypes: readonly string[],
  digest?: Hash,
): Promise<unknown> {
  if (!isAcceptable(req, mediaTypes))
    throw new Problem(problems.unsupportedMediaType, { headers: { Accept: mediaTypes.join(', ') } });
  const bytes = await readBytes(req);
  digest?.update(bytes);
  const text = decode(bytes);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { line, column } = jsonFault(text);
    throw new Problem(problems.malformedBody, {
      detail: `${problems.malformedBody.detail}: look at line ${line}, column ${column}`,
    });
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(problems.malformedBody, { detail: 'The request body is not UTF-8' });
  }
}

function isAcceptable(req: Request, mediaTypes: readonly string[]): boolean {
  const [mediaType = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(/\s*;\s*/);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return (
    mediaTypes.includes(mediaType) &&
    (charset === undefined || /^"?utf-8"?$/.test(charset)) &&
    (req.headers['content-encoding'] ?? 'identity') === 'identity'
  );
}

async function readBytes(req: Request): Promise<Buffer> {
  // There is none, and the server may have said so: it then cannot be read.
  if (req.readableEnded) return Buffer.alloc(0);
  if (Number(req.headers['content-length']) > MAX_BYTES) throw bodyTooLarge();
  if (req.expectsContinue) req.res?.writeContinue();
  try {
    return await rawBody(req, { limit: MAX_BYTES });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') throw bodyTooLarge();
    throw new Problem(problems.malformedRequest, { detail: 'The request body could not be read' });
  }
}

function bodyTooLarge(): Problem {
  return new Problem(problems.bodyTooLarge, {
    detail: `The request body is larger than ${MAX_BYTES} bytes`,
    headers: { Connection: 'close' },
  });
}
