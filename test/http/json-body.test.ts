import { once } from 'node:events';
import express from 'express';
import request from 'supertest';
import { readJsonBody } from '../../src/http/json-body';
import { problemHandler } from '../../src/http/problem';

it('takes a request whose end was reached before for one without a body', async () => {
  const app = express()
    .use(async (req) => {
      await once(req.resume(), 'end');
      await readJsonBody(req, ['application/json']);
    })
    .use(problemHandler(() => undefined, 'https://things.example.com'));
  const { body } = await request(app).post('/').send({ name: 'Ada' });
  expect(body).toMatchObject({ status: 400, code: 'malformed_body' });
});
