import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { RequestHandler } from 'express';
import { failedPrecondition } from './entity-tag';
import { Problem, problems } from './problem';

/** A longer answer is written in pieces of this size, each when the client has taken the one before. */
const PIECE_BYTES = 64 * 1024;

/** Something to read that does not change while the process runs. */
export interface StaticContent {
  readonly content: string | Buffer;
  readonly mediaType: string;
  /** How long it may be used without asking whether it has changed. */
  readonly maxAgeSeconds?: number;
}

/**
 * Answers GET and HEAD from memory, with an entity tag. A `Range` is ignored, as RFC 9110 §14.2 allows.
 *
 * @returns a handler that refuses with Problem 412 where `If-Match` does not hold
 */
export function serveStatic({ content, mediaType, maxAgeSeconds = 0 }: StaticContent): RequestHandler {
  const bytes = Buffer.from(content);
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, index) =>
    bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
  const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  return (req, res, next) => {
    const failed = failedPrecondition(req.headers, tag);
    if (failed === 'If-Match') return next(new Problem(problems.preconditionFailed));
    res.setHeader('ETag', tag);
    res.setHeader('Cache-Control', `public, max-age=${maxAgeSeconds}`);
    if (failed) return void res.status(304).end();
    res.setHeader('Content-Type', mediaType);
    res.setHeader('Content-Length', bytes.length);
    if (pieces.length > 1) Readable.from(pieces).pipe(res);
    else res.end(bytes);
  };
}
