import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { UserStore } from '../../src/resources/users/store';
import { memoryUsers } from './users';

const load = createRequire(join(process.env['SERVICE_DIRECTORY'] ?? '', 'main.js'));
const notAsked = () => Promise.reject(new Error('no scenario asks for this'));

const store: UserStore = {
  list: ({ limit }) => memoryUsers.list(limit),
  create: async (user) => ({ user: await memoryUsers.create(user), version: 1 }),
  find: notAsked,
  update: notAsked,
  delete: notAsked,
};

// The program of production, started as in production, but for where its users are kept.
Object.assign(load('./api/users/store') as object, { postgresUserStore: () => store });
load('./main');
