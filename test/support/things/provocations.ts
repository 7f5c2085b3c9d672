import type { Provocations } from '../described-endpoints';

/** How to provoke the problems of things. */
export const provocations: Provocations = {
  problems: {
    label_taken: async (endpoint, calls) => {
      const label = 'Taken';
      await calls.existing({ ...endpoint, path: '/api/v1/things/{id}' }, { label });
      return calls.call(endpoint, { path: await calls.existing(endpoint), body: JSON.stringify({ label }) });
    },
  },
  successes: {
    listThings: async (endpoint, calls) => {
      for (const label of ['Lamp', 'Desk'])
        await calls.existing({ ...endpoint, path: '/api/v1/things/{id}' }, { label });
      return calls.call(endpoint, { path: '/api/v1/things?limit=1' });
    },
  },
};
