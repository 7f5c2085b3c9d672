import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import express, { type Request } from 'express';
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

it('refuses a body that breaks off, and not for its size', async () => {
  const req = new IncomingMessage(new Socket()) as Request;
  req.headers = { 'content-type': 'application/json', 'content-length': '10' };
  const reading = readJsonBody(req, ['application/json']);
  req.destroy(new Error('reset'));
  await expect(reading).rejects.toMatchObject({
    status: 400,
    code: 'malformed_request',
    message: 'The request body could not be read',
  });
});
