import fastifyHelmet from '@fastify/helmet';
import fastifyJwt, { type FastifyJWTOptions } from '@fastify/jwt';
import fastify from 'fastify';
import buildGetJwks from 'get-jwks';
import { host, issuer, jwksUri, port, requiredScope } from './environment';
import { THINGS_PATH, thingsPage } from './things';

interface DecodedJwt {
  readonly header: { readonly kid: string; readonly alg: string };
}

const { origin, pathname } = new URL(jwksUri);
const getJwks = buildGetJwks({ jwksPath: pathname });
const publicKey = (_request: unknown, { header: { kid, alg } }: DecodedJwt) =>
  getJwks.getPublicKey({ kid, alg, domain: origin });

const app = fastify({ logger: true });
app.register(fastifyHelmet);
app.register(fastifyJwt, {
  decode: { complete: true },
  verify: { allowedIss: issuer, algorithms: ['RS256'] },
  // The package's types leave out the request, which comes first.
  secret: publicKey as unknown as FastifyJWTOptions['secret'],
});
app.addHook('onRequest', async (request, reply) => {
  const { scope } = await request.jwtVerify<{ scope: string }>();
  if (!scope.split(' ').includes(requiredScope)) await reply.code(403).send({ error: 'insufficient_scope' });
});
app.get(THINGS_PATH, () => thingsPage());
void app.listen({ port, host });
