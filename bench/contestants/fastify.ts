import fastify from 'fastify';
import { host, port } from './environment';
import { USERS_PATH, usersPage } from './users';

const app = fastify();
app.get(USERS_PATH, () => usersPage());
void app.listen({ port, host });
