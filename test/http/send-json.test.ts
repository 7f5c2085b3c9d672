import express from 'express';
import request from 'supertest';
import { sendJson } from '../../src/http/send-json';

it.each(['ASCII', 'Ünïcode', '漢字 😀', '\ud800'])(
  'sends %s as UTF-8, with its length in bytes',
  async (text) => {
    const app = express().get('/', (_req, res) => sendJson(res, 'application/problem+json', { text }));
    const { headers, body } = await request(app).get('/').responseType('blob');
    const bytes = Buffer.from(JSON.stringify({ text }));
    expect(body).toEqual(bytes);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'content-length': String(bytes.length),
    });
  },
);
