import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import express from 'express';
import request from 'supertest';
import { serveStatic } from '../../src/http/static-content';
import { listen, RawConnection, type TestServer } from '../support/raw-http';
import { until } from '../support/until';

const PIECE = 64 * 1024;

function appWith(content: Buffer) {
  return express().get('/', serveStatic({ content, mediaType: 'font/woff2' }));
}

it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 1])(
  'answers content of %d bytes whole',
  async (length) => {
    const content = randomBytes(length);
    const { headers, body } = await request(appWith(content)).get('/').responseType('blob');
    expect(Buffer.compare(body as Buffer, content)).toBe(0);
    expect(headers).toMatchObject({ 'content-type': 'font/woff2', 'content-length': String(length) });
  },
);

describe('a client that takes nothing of an answer', () => {
  const app = appWith(Buffer.alloc(100 * PIECE));
  let server: TestServer;
  let answer: ServerResponse | undefined;

  beforeEach(async () => {
    server = await listen((req, res) => {
      answer = res;
      app(req, res);
    });
  });

  afterEach(() => server.close());

  it('has a few pieces of it held in memory, and no more', async () => {
    const connection = new RawConnection(server.port);
    connection.pause();
    connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the client to be behind', () => answer?.writableNeedDrain);
    expect(answer!.writableLength).toBeLessThanOrEqual(2 * PIECE);
  });
});
