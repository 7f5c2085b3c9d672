import request from 'supertest';
import type { TestApi } from './api';
import { CLIENT_ID, qualified } from './user-pool';

/**
 * Calls one list of an API, and its items, with a token that holds every scope.
 *
 * @param collection path of the list
 * @param clientId the app client that calls
 */
export function apiClient(
  { app, pool, resources }: TestApi,
  collection = '/api/v1/things',
  clientId = CLIENT_ID,
) {
  const scope = qualified(resources.flatMap((resource) => Object.keys(resource.scopes)));
  const token = pool.token({ claims: { scope, client_id: clientId, sub: clientId } });
  const authorization = `Bearer ${token}`;
  const with_ = (sent: request.Test, headers: Readonly<Record<string, string>>) =>
    sent.set('Authorization', authorization).set(headers);
  return {
    get: (path: string, headers = {}) => with_(request(app).get(path), headers),
    head: (path: string, headers = {}) => with_(request(app).head(path), headers),
    post: (body: unknown, headers = {}) =>
      with_(asGiven(request(app).post(collection), 'application/json'), headers).send(toText(body)),
    put: (id: string, body: unknown, headers = {}) =>
      with_(asGiven(request(app).put(`${collection}/${id}`), 'application/json'), headers).send(toText(body)),
    patch: (id: string, body: unknown, headers = {}) =>
      with_(asGiven(request(app).patch(`${collection}/${id}`), 'application/merge-patch+json'), headers).send(
        toText(body),
      ),
    delete: (id: string, headers = {}) => with_(request(app).delete(`${collection}/${id}`), headers),
  };
}

/** The client would encode bytes as JSON once more. */
function asGiven(sent: request.Test, type: string): request.Test {
  return sent.type(type).serialize((body) => body as string);
}

/** Objects as JSON; texts and bytes as they are. */
function toText(body: unknown): string {
  return typeof body === 'string' || Buffer.isBuffer(body) ? (body as string) : JSON.stringify(body);
}
