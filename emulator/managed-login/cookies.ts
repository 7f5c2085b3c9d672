import type { CookieOptions, Request } from 'express';

/** No script reads it, and another site's form does not send it. Not `Secure`: the stand-in has no certificate. */
export const cookieOptions: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/' };

/** The value of a cookie whose value needs no decoding. */
export function readCookie(req: Request, name: string): string | undefined {
  const pairs = req.get('Cookie')?.split(/; */) ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
