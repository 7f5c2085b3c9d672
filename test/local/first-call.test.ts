import { firstPath } from '../../local/first-call';

const operation = (...scopes: string[]) => ({ security: [{ cognito: scopes }] });

const description = {
  paths: {
    '/api/v1/things/{id}': { get: operation() },
    '/api/v1/orders': { post: operation() },
    '/api/v1/clients': { get: operation('clients.read') },
    '/api/v1/things': { get: operation('things.read'), post: operation('things.write') },
    '/api/v1/me': { get: operation() },
  },
};

it('shows the first list that the client may read', () => {
  expect(firstPath(description, ['things.write', 'things.read'])).toBe('/api/v1/things');
});

it('shows what any client may read to a client without scopes', () => {
  expect(firstPath(description, [])).toBe('/api/v1/me');
});

it('names an API that has nothing to list', () => {
  expect(() => firstPath({ paths: {} }, [])).toThrow('The API has nothing to list.');
});
