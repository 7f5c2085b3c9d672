import { HttpError } from '../../src/auth/http-error';

class TeapotError extends HttpError {
  readonly status = 418;
  readonly code = 'teapot';
}

it('has a message and no headers of its own', () => {
  const error = new TeapotError('short and stout');
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ message: 'short and stout', headers: {} });
});

it('has the headers that it is made with, and does not share them', () => {
  const headers = { 'Retry-After': '1' };
  const error = new TeapotError('short and stout', headers);
  error.headers['WWW-Authenticate'] = 'Bearer';
  expect(error.headers).toEqual({ 'Retry-After': '1', 'WWW-Authenticate': 'Bearer' });
  expect(headers).toEqual({ 'Retry-After': '1' });
});

it('has no stack', () => {
  expect(new TeapotError('short and stout').stack).toBe('Error: short and stout');
});

it('leaves the stacks of other errors as they are', () => {
  const limit = Error.stackTraceLimit;
  new TeapotError('short and stout');
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new Error('other').stack).toMatch(/\n +at /);
});
