import { anyClient, endpointFactory } from '../../api/endpoint';
import { me } from './schema';

const endpoint = endpointFactory<never, undefined>();

export const endpoints = [
  endpoint({
    method: 'GET',
    path: '/api/v1/me',
    operationId: 'getMe',
    summary: 'Read what the API knows of the caller',
    scopes: anyClient,
    response: { status: 200, description: 'The client of the token', schema: me },
    problems: [],
    async handle(request) {
      const { caller, client } = request;
      return {
        body: {
          clientId: client.id,
          name: client.name,
          scopes: [...caller.scopes],
          tokenExpiresAt: new Date(caller.expiresAt * 1000).toISOString(),
          limits: client.limits,
          usage: { today: await request.usageToday() },
        },
      };
    },
  }),
];
