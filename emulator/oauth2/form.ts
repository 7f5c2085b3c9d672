import express, { type Request } from 'express';
import { OAuthError } from './oauth-error';

/** The parameters of a form-encoded body. */
export type Form = ReadonlyMap<string, string>;

export const formEncoded = 'application/x-www-form-urlencoded';

/** Reads a form-encoded body for {@link formOf}. */
export const readForm = express.text({ type: formEncoded, limit: '16kb' });

/**
 * https://www.rfc-editor.org/rfc/rfc6749#section-3.2: an empty parameter counts as absent, a repeated one is an error.
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

/** @throws OAuthError `invalid_request` when the parameter is missing */
export function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `no ${name}`);
  return value;
}
