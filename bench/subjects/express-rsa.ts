import { generateKeyPairSync, sign, verify } from 'node:crypto';
import express from 'express';
import { host, port } from './environment';
import { THINGS_PATH, thingsPage } from './things';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signed = Buffer.alloc(700);
const signature = sign('sha256', signed, privateKey);

const app = express();
app.get(THINGS_PATH, async (_req, res) => {
  if (!verify('sha256', signed, publicKey, signature)) throw new Error('not verified');
  res.json(await thingsPage());
});
app.listen(port, host);
