import type { CookieOptions, Request } from 'express';

/** Hidden from scripts and from forms of other sites. Not `Secure`, since the emulator has no certificate. */
export const cookieOptions: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/' };

/** The value of a cookie, undecoded. */
export function readCookie(req: Request, name: string): string | undefined {
  const pairs = req.get('Cookie')?.split(/; */) ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
