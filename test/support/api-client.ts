import request from 'supertest';
import type { TestApi } from './api';

const USERS = '/api/v1/users';

/** Calls the users resource with a token that may do everything. */
export function apiClient({ app, pool }: Pick<TestApi, 'app' | 'pool'>) {
  const authorization = `Bearer ${pool.token()}`;
  const with_ = (sent: request.Test, headers: Readonly<Record<string, string>>) =>
    sent.set('Authorization', authorization).set(headers);
  return {
    get: (path: string, headers = {}) => with_(request(app).get(path), headers),
    head: (path: string, headers = {}) => with_(request(app).head(path), headers),
    post: (body: unknown, headers = {}) =>
      with_(asGiven(request(app).post(USERS), 'application/json'), headers).send(toText(body)),
    patch: (id: string, body: unknown, headers = {}) =>
      with_(asGiven(request(app).patch(`${USERS}/${id}`), 'application/merge-patch+json'), headers).send(
        toText(body),
      ),
    delete: (id: string, headers = {}) => with_(request(app).delete(`${USERS}/${id}`), headers),
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
