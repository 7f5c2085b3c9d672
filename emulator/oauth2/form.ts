import express, { type Request } from 'express';
import { OAuthError } from './oauth-error';

/** The parameters of a form-encoded body. */
export type Form = ReadonlyMap<string, string>;

export const formEncoded = 'application/x-www-form-urlencoded';

/** Reads the body of a request that is a form, for {@link formOf}. Its errors are {@link UnreadableBody}. */
export const readForm = express.text({ type: formEncoded, limit: '16kb' });

/**
 * https://www.rfc-editor.org/rfc/rfc6749#section-3.2: empty counts as absent, repeated is an error.
 *
 * @throws OAuthError `invalid_request`
 */
export function formOf(req: Request): Form {
  const body: unknown = req.body;
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(typeof body === 'string' ? body : '')) {
    if (form.has(name)) throw new OAuthError('invalid_request', 'a parameter is repeated');
    form.set(name, value);
  }
  return new Map([...form].filter(([, value]) => value !== ''));
}

/** The value of a parameter that must be there. */
export function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `no ${name}`);
  return value;
}

type UnreadableBody = Error & { status: number };

/** Is it what Express's body parser throws for a body that is too large or wrongly encoded? */
export function isUnreadableBody(error: unknown): error is UnreadableBody {
  return (
    error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
  );
}
