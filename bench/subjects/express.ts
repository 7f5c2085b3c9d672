import express from 'express';
import type { NewThing } from '../../test/support/things/schema';
import { host, port } from './environment';
import { memoryThings, THINGS_PATH, thingsPage } from './things';

const app = express();
app.get(THINGS_PATH, async (_req, res) => {
  res.json(await thingsPage());
});
app.post(THINGS_PATH, express.json(), async (req, res) => {
  const thing = await memoryThings.create(req.body as NewThing);
  res.status(201).location(`${THINGS_PATH}/${thing.id}`).json(thing);
});
app.listen(port, host);
