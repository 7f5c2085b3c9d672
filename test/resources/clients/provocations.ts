import { endpoints } from '../../../src/resources/clients/endpoints';
import type { Provocations } from '../../support/described-endpoints';
import { CLIENT_ID } from '../../support/user-pool';

const put = endpoints.find(({ method }) => method === 'PUT')!;
const patch = endpoints.find(({ method }) => method === 'PATCH')!;

/** How to provoke the problems of clients. */
export const provocations: Provocations = {
  problems: {
    // PUT finds nothing only where the id cannot be that of a client.
    client_not_found: (endpoint, calls) =>
      calls.call(endpoint, {
        path: endpoint.path.replace('{id}', endpoint.method === 'PUT' ? 'no-id' : '1unknown'),
      }),
    own_client: async (endpoint, calls) => {
      await calls.call(put, { path: put.path.replace('{id}', CLIENT_ID) });
      return calls.call(endpoint, {
        path: endpoint.path.replace('{id}', CLIENT_ID),
        body: JSON.stringify({ name: 'own', enabled: false }),
      });
    },
  },
  successes: {
    listClients: async (endpoint, calls) => {
      for (const id of ['1first', '2second']) await calls.call(put, { path: put.path.replace('{id}', id) });
      return calls.call(endpoint, { path: '/api/v1/clients?limit=1' });
    },
    listClientEvents: async (endpoint, calls) => {
      const path = await calls.existing(endpoint);
      await calls.call(patch);
      return calls.call(endpoint, { path: `${path}?limit=1` });
    },
  },
};
