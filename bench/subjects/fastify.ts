import fastify from 'fastify';
import { host, port } from './environment';
import { THINGS_PATH, thingsPage } from './things';

const app = fastify();
app.get(THINGS_PATH, () => thingsPage());
void app.listen({ port, host });
