import type { Provocations } from '../../support/described-endpoints';

/** How to provoke the problems of users. */
export const provocations: Provocations = {
  problems: {
    email_taken: async (endpoint, calls) => {
      const email = 'taken@example.com';
      await calls.existing({ ...endpoint, path: '/api/v1/users/{id}' }, { email });
      const body = JSON.stringify({ ...(endpoint.body!.example as object), email });
      return calls.call(endpoint, { path: await calls.existing(endpoint), body });
    },
  },
  successes: {
    listUsers: async (endpoint, calls) => {
      for (const email of ['one@example.com', 'two@example.com'])
        await calls.existing({ ...endpoint, path: '/api/v1/users/{id}' }, { email });
      return calls.call(endpoint, { path: '/api/v1/users?limit=1' });
    },
  },
};
