import type { Response } from 'express';

/** Redirects a browser, so that neither caches nor the next site learn where it came from. */
export function redirect(res: Response, status: 302 | 303, location: string): void {
  res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // Without Express's own body, which would repeat codes and tokens.
  res.status(status).location(location).end();
}
