import { createServer, type RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createResponseClass } from '../../src/http/response-class';
import { send } from '../support/raw-http';

/** What a listener answers, by its fields as they were sent. */
async function answer(listener: RequestListener, Class = createResponseClass()) {
  const server = createServer({ ServerResponse: Class }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { status, headers, text } = await send((server.address() as AddressInfo).port, '/');
    const { date: _, connection: __, 'keep-alive': ___, ...own } = headers;
    return { status, headers: own, text };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Whether Node's own class does the same. */
async function expectAsNode(listener: RequestListener): Promise<void> {
  expect(await answer(listener)).toEqual(await answer(listener, ServerResponse));
}

it('writes fields as they were set last, whatever the case of their names', async () => {
  const listener: RequestListener = (_req, res) => {
    res.setHeader('X-One', 'first').setHeader('X-Two', 2).setHeader('x-one', 'last');
    res.setHeader('Set-Cookie', ['a=1', 'b=2']);
    res.statusCode = 201;
    res.end('text');
  };
  await expectAsNode(listener);
  expect(await answer(listener)).toMatchObject({ status: 201, headers: { 'x-one': 'last', 'x-two': '2' } });
});

it('answers what was set as Node does', () => {
  const seen = [createResponseClass(), ServerResponse].map((Class) => {
    const res = new Class({} as never);
    res
      .setHeader('X-One', 1)
      .setHeader(`X-One${'-'.repeat(32)}`, 3)
      .setHeader('X-Two', ['a', 'b'])
      .appendHeader('X-Two', 'c')
      .appendHeader('X-Three', 'd');
    res.setHeader('X-Four', 'e').removeHeader('x-four');
    res.removeHeader('X-Five');
    res.removeHeader(`X-Two${'-'.repeat(32)}`);
    return [
      res.getHeader('x-one'),
      res.getHeader('x-two'),
      res.getHeader('x-four'),
      { ...res.getHeaders() },
      res.getHeaderNames(),
      res.hasHeader('X-TWO'),
      res.hasHeader('X-Four'),
    ];
  });
  expect(seen[0]).toEqual(seen[1]);
});

it.each<[string, (res: ServerResponse) => void]>([
  ['a field is set', (res) => res.setHeader('X-Late', '1')],
  ['a field is removed', (res) => res.removeHeader('X-Early')],
])('throws when %s after the head was written', async (_, change) => {
  const listener: RequestListener = (_req, res) => {
    res.setHeader('X-Early', '1');
    res.flushHeaders();
    try {
      change(res);
      res.end('no error');
    } catch (error) {
      res.end((error as { code: string }).code);
    }
  };
  await expectAsNode(listener);
  expect((await answer(listener)).text).toBe('ERR_HTTP_HEADERS_SENT');
});

it.each<[string, string, string | undefined]>([
  ['a value that would begin another field', 'X-Bad', 'a\r\nX-Injected: 1'],
  ['no value', 'X-Bad', undefined],
  ['a name that is none', 'X Bad', 'a'],
])('never writes %s, and can answer with what went wrong', async (_, name, value) => {
  const { status, headers, text } = await answer((_req, res) => {
    res.setHeader('X-Good', '1');
    try {
      res.setHeader(name, value!);
      res.end('sent');
    } catch (error) {
      res.statusCode = 500;
      res.end((error as { code: string }).code);
    }
  });
  expect({ status, headers }).toEqual({
    status: 500,
    headers: { 'x-good': '1', 'content-length': String(text.length) },
  });
  expect(text).toMatch(/^ERR_(HTTP_)?INVALID/);
});

it('keeps fields apart of answers that are under way at once', async () => {
  const Class = createResponseClass();
  const [one, other] = [new Class({} as never), new Class({} as never)];
  one.setHeader('X-One', '1');
  expect(other.getHeaderNames()).toEqual([]);
});
