import express from 'express';
import type { NewUser } from '../../src/resources/users/schema';
import { host, port } from './environment';
import { memoryUsers, USERS_PATH, usersPage } from './users';

const app = express();
app.get(USERS_PATH, async (_req, res) => {
  res.json(await usersPage());
});
app.post(USERS_PATH, express.json(), async (req, res) => {
  const user = await memoryUsers.create(req.body as NewUser);
  res.status(201).location(`${USERS_PATH}/${user.id}`).json(user);
});
app.listen(port, host);
