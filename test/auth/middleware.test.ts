import { createServer, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import request from 'supertest';
import type { Caller } from '../../src/auth/caller';
import { InvalidTokenError, KeysUnavailableError } from '../../src/auth/errors';
import { type Auth, createAuth } from '../../src/auth/middleware';
import { CLIENT_ID, IDENTIFIER, signingKey, UserPool } from '../support/user-pool';
import { POOL_ID, rig, type Rig } from './fixture';

const scopes = {
  'things.read': 'Read things',
  'things.write': 'Change things',
  'things.delete': 'Delete things',
};
const resourceMetadataUrl = 'https://things.example.com/.well-known/oauth-protected-resource';
const REALM = `realm="${IDENTIFIER}"`;
const METADATA = `resource_metadata="${resourceMetadataUrl}"`;

const pool = new UserPool(POOL_ID);
const options = { admit: () => undefined, identifier: IDENTIFIER, scopes, resourceMetadataUrl };

let service: Rig;
let auth: Auth<keyof typeof scopes>;

beforeAll(async () => {
  service = await rig(pool.jwks);
  await service.jwksClient.start();
  auth = createAuth({ ...options, verifier: service.verifier });
});

afterAll(() => service.close());

/** An application with only these middlewares and Express's own error handler. */
function appWith(...middlewares: RequestHandler[]): Express {
  const app = express();
  // Otherwise its error handler prints the error.
  app.set('env', 'test');
  app.use(...middlewares, (req, res) => void res.json({ clientId: req.caller?.clientId }));
  return app;
}

// Express recognizes an error handler by its four parameters.
const answerWithReason: ErrorRequestHandler = (_error, req, res, next) => {
  if (res.headersSent) return next();
  res.json({ failureReason: req.failureReason, hasCaller: 'caller' in req, clientId: req.clientId });
};

function call(app: Express, token?: string): request.Test {
  const sent = request(app).get('/anything');
  return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
}

describe('authenticate', () => {
  it('accepts a valid token, and sets its caller', async () => {
    const answer = await call(appWith(auth.authenticate()), pool.token());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ clientId: CLIENT_ID });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('accepts a token without scopes, which it does not check', async () => {
    const answer = await call(appWith(auth.authenticate()), pool.tokenWith());
    expect(answer.status).toBe(200);
  });

  it('challenges a request without credentials, without an error code', async () => {
    const answer = await call(appWith(auth.authenticate()));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${REALM}, ${METADATA}`);
  });

  it('challenges credentials of another scheme, without an error code', async () => {
    const answer = await call(appWith(auth.authenticate())).set('Authorization', 'Basic dXNlcjpwYXNz');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${REALM}, ${METADATA}`);
  });

  it('ignores a token in the query', async () => {
    const answer = await request(appWith(auth.authenticate())).get(`/?access_token=${pool.token()}`);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${REALM}, ${METADATA}`);
  });

  it('ignores a token in the body', async () => {
    const app = appWith(auth.authenticate());
    const answer = await request(app).post('/').type('form').send({ access_token: pool.token() });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${REALM}, ${METADATA}`);
  });

  it('refuses malformed credentials with 400', async () => {
    const answer = await call(appWith(auth.authenticate())).set('Authorization', 'Bearer');
    expect(answer.status).toBe(400);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="[^"]+", error="invalid_request", /);
  });

  it('refuses an invalid token with 401', async () => {
    const answer = await call(appWith(auth.authenticate()), 'token');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer ${REALM}, error="invalid_token", error_description="The access token is not valid", ${METADATA}`,
    );
  });

  it('refuses a token of more than 16 KB with 401, though its signature is good', async () => {
    // Node's own limit for all headers together is 16 KB; production raises it.
    const server = createServer({ maxHeaderSize: 64 * 1024 }, appWith(auth.authenticate()));
    const tokenWith = (characters: number) => pool.token({ claims: { filling: 'x'.repeat(characters) } });
    const statusFor = async (token: string) =>
      (await request(server).get('/').set('Authorization', `Bearer ${token}`)).status;
    await expect(statusFor(tokenWith(11_000))).resolves.toBe(200);
    await expect(statusFor(tokenWith(12_000))).resolves.toBe(401);
  });

  it('refuses a token whose kid stays unknown with 401', async () => {
    const answer = await call(appWith(auth.authenticate()), pool.token({ header: { kid: 'unknown' } }));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/error="invalid_token"/);
  });

  it('accepts a token whose key had to be fetched', async () => {
    const key = signingKey();
    const own = await rig(pool.jwks);
    await own.jwksClient.start();
    own.jwks.serve({ keys: [key.jwk] });
    const ownAuth = createAuth({ ...options, verifier: own.verifier });
    const answer = await call(appWith(ownAuth.authenticate()), pool.token({ key }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ clientId: CLIENT_ID });
    await own.close();
  });

  it('answers 503 with Retry-After and without a challenge while there are no keys', async () => {
    const verifier = {
      verify: (): Caller => {
        throw new KeysUnavailableError(7);
      },
    };
    const own = createAuth({ ...options, verifier });
    const answer = await call(appWith(own.authenticate()), pool.token());
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('answers 503 with Retry-After when the key could not be fetched', async () => {
    const verifier = { verify: () => Promise.reject(new KeysUnavailableError(3)) };
    const own = createAuth({ ...options, verifier });
    const answer = await call(appWith(own.authenticate()), pool.token());
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('3');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it.each<[string, () => Caller | Promise<Caller>]>([
    [
      'at once',
      () => {
        throw new TypeError('bug');
      },
    ],
    ['later', () => Promise.reject(new TypeError('bug'))],
  ])('passes any other error to the error handler: %s', async (_, verify) => {
    const own = createAuth({ ...options, verifier: { verify } });
    const answer = await call(appWith(own.authenticate()), pool.token());
    expect(answer.status).toBe(500);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('keeps the reason for the log', async () => {
    const app = appWith(auth.authenticate());
    app.use(answerWithReason);
    const answer = await call(app, pool.token({ key: { ...signingKey(), kid: pool.key.kid } }));
    expect(answer.body).toEqual({ failureReason: 'invalid_signature', hasCaller: false });
  });
});

describe('the decision which clients are admitted', () => {
  const refuse = () => {
    throw new InvalidTokenError('client_not_allowed');
  };

  it('gets the caller of a valid token, the request to keep things with, and the answer', async () => {
    const admit = jest.fn();
    const own = createAuth({ ...options, verifier: service.verifier, admit });
    await call(appWith(own.authenticate()), pool.token());
    const caller: unknown = expect.objectContaining({ clientId: CLIENT_ID });
    const req: unknown = expect.objectContaining({ method: 'GET' });
    expect(admit.mock.calls).toEqual([[caller, req, expect.any(ServerResponse)]]);
  });

  it('is asked nothing about a token that is not valid', async () => {
    const admit = jest.fn();
    const own = createAuth({ ...options, verifier: service.verifier, admit });
    await call(appWith(own.authenticate()), 'token');
    expect(admit).not.toHaveBeenCalled();
  });

  it('refuses with the challenge of an invalid token', async () => {
    const own = createAuth({ ...options, verifier: service.verifier, admit: refuse });
    const answer = await call(appWith(own.authenticate()), pool.token());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer ${REALM}, error="invalid_token", ` +
        `error_description="The app client of this token may not call this API", ${METADATA}`,
    );
  });

  it('refuses when the key of the token had to be fetched', async () => {
    const verifier = { verify: (token: string) => Promise.resolve(service.verifier.verify(token)) };
    const own = createAuth({ ...options, verifier, admit: refuse });
    const answer = await call(appWith(own.authenticate()), pool.token());
    expect(answer.status).toBe(401);
  });

  it('is made on every request, though the token is remembered', async () => {
    let admitted = true;
    const admit = () => {
      if (!admitted) refuse();
    };
    const own = createAuth({ ...options, verifier: service.verifier, admit });
    const app = appWith(own.authenticate());
    const token = pool.token();
    const statuses: number[] = [];
    for (const next of [true, true, true, false, true]) {
      admitted = next;
      statuses.push((await call(app, token)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 401, 200]);
  });

  it('leaves a refused request without a caller, and with the id of its client', async () => {
    const own = createAuth({ ...options, verifier: service.verifier, admit: refuse });
    const app = appWith(own.authenticate());
    app.use(answerWithReason);
    const answer = await call(app, pool.token());
    expect(answer.body).toEqual({
      failureReason: 'client_not_allowed',
      hasCaller: false,
      clientId: CLIENT_ID,
    });
  });
});

describe('requireScopes', () => {
  type Names = readonly [keyof typeof scopes, ...(keyof typeof scopes)[]];
  const guarded = (...names: Names) => appWith(auth.authenticate(), auth.requireScopes(...names));

  it.each<[string, Names, string[]]>([
    ['the one scope', ['things.read'], ['things.read']],
    ['the one scope among others', ['things.read'], ['things.write', 'things.read']],
    ['all of several', ['things.read', 'things.write'], ['things.write', 'things.read']],
    ['one that is required twice', ['things.read', 'things.read'], ['things.read']],
  ])('accepts a token with %s', async (_, required, held) => {
    const answer = await call(guarded(...required), pool.tokenWith(...held));
    expect(answer.status).toBe(200);
  });

  it.each<[string, Names, string[]]>([
    ['no scope', ['things.read'], []],
    ['another scope', ['things.read'], ['things.write']],
    ['one of two', ['things.read', 'things.write'], ['things.read']],
    ['the other of two', ['things.read', 'things.write'], ['things.write']],
    ['two of three', ['things.read', 'things.write', 'things.delete'], ['things.read', 'things.delete']],
  ])('refuses a token with %s, and names all that are required', async (_, required, held) => {
    const answer = await call(guarded(...required), pool.tokenWith(...held));
    const named = required.map((name) => `${IDENTIFIER}/${name}`).join(' ');
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer ${REALM}, error="insufficient_scope", ` +
        `error_description="The token lacks a scope that this endpoint needs: ${named}", scope="${named}", ${METADATA}`,
    );
  });

  it.each([
    ['without the identifier', 'things.read'],
    ['of another identifier', 'https://other.example.com/things.read'],
    ['of an identifier that continues', `${IDENTIFIER}.evil.com/things.read`],
    ['of an identifier that only ends like ours', `x${IDENTIFIER}/things.read`],
    ['of an identifier in other case', `${IDENTIFIER.toUpperCase()}/things.read`],
    ['with an extra slash', `${IDENTIFIER}//things.read`],
    ['that continues', `${IDENTIFIER}/things.read.all`],
    ['that only begins like it', `${IDENTIFIER}/things`],
    ['in other case', `${IDENTIFIER}/Things.Read`],
    ['with another character in place of the dot', `${IDENTIFIER}/thingsxread`],
    ['with a wildcard', `${IDENTIFIER}/*`],
    ['joined by a comma', `${IDENTIFIER}/things.write,${IDENTIFIER}/things.read`],
    ['joined by a tab', `${IDENTIFIER}/things.write\t${IDENTIFIER}/things.read`],
    ['of the pool itself', 'aws.cognito.signin.user.admin openid email'],
  ])('refuses a scope %s', async (_, scope) => {
    const answer = await call(guarded('things.read'), pool.token({ claims: { scope } }));
    expect(answer.status).toBe(403);
  });

  it('refuses a token without the claim', async () => {
    const answer = await call(guarded('things.read'), pool.token({ claims: { scope: undefined } }));
    expect(answer.status).toBe(403);
  });

  it('fails if it comes before authenticate', async () => {
    const app = appWith(auth.requireScopes('things.read'), auth.authenticate());
    const answer = await call(app, pool.token());
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('requireScopes() comes before authenticate()');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('explains what it compares', async () => {
    const explain = jest.fn();
    const observer = { verifiedToken: () => undefined, waitedForJwks: () => undefined, explain };
    const observed = createAuth({ ...options, verifier: service.verifier, observerOf: () => observer });
    await call(
      appWith(observed.authenticate(), observed.requireScopes('things.read')),
      pool.tokenWith('things.write'),
    );
    expect(explain).toHaveBeenLastCalledWith('scopes compared', {
      required: [`${IDENTIFIER}/things.read`],
      held: [`${IDENTIFIER}/things.write`],
    });
  });

  it('explains nothing to an observer without `explain`', async () => {
    const observer = { verifiedToken: () => undefined, waitedForJwks: () => undefined, explain: undefined };
    const observed = createAuth({ ...options, verifier: service.verifier, observerOf: () => observer });
    const answer = await call(
      appWith(observed.authenticate(), observed.requireScopes('things.read')),
      pool.token(),
    );
    expect(answer.status).toBe(200);
  });

  it('is checked on every request, though the token is remembered', async () => {
    const app = express();
    app.get('/read', auth.authenticate(), auth.requireScopes('things.read'), (_req, res) => void res.end());
    app.get('/write', auth.authenticate(), auth.requireScopes('things.write'), (_req, res) => void res.end());
    const token = pool.tokenWith('things.read');
    const statusOf = async (path: string) =>
      (await request(app).get(path).set('Authorization', `Bearer ${token}`)).status;
    await expect(statusOf('/read')).resolves.toBe(200);
    await expect(statusOf('/write')).resolves.toBe(403);
    await expect(statusOf('/read')).resolves.toBe(200);
  });

  it('keeps the reason for the log', async () => {
    const app = guarded('things.write');
    app.use(answerWithReason);
    const answer = await call(app, pool.tokenWith('things.read'));
    expect(answer.body).toEqual({
      failureReason: 'insufficient_scope',
      hasCaller: true,
      clientId: CLIENT_ID,
    });
  });
});

describe('fails at creation for', () => {
  // As JavaScript could call it.
  const unchecked = (...names: string[]) => auth.requireScopes(...(names as ['things.read']));

  it('no scopes', () => {
    expect(() => unchecked()).toThrow(new TypeError('requireScopes() needs at least one scope'));
  });

  it.each([
    'things.list',
    'Things.Read',
    '',
    'toString',
    'constructor',
    '__proto__',
    `${IDENTIFIER}/things.read`,
  ])('a scope that the catalogue lacks: %j', (name) => {
    expect(() => unchecked(name)).toThrow(TypeError);
  });

  it('a scope that the catalogue lacks, beside one that it has', () => {
    expect(() => unchecked('things.read', 'things.list')).toThrow(/: things\.list$/);
  });

  it('two scopes that the catalogue lacks, and names both', () => {
    expect(() => unchecked('things.list', 'things.read', 'x')).toThrow(/: things\.list, x$/);
  });

  it.each([
    ['with a space', 'https://api example.com'],
    ['with a quote', 'https://api.example.com"'],
    ['with a backslash', 'https:\\\\api.example.com'],
    ['with a line feed', 'https://api.example.com\n'],
    ['beyond ASCII', 'https://äpi.example.com'],
  ])('an identifier %s', (_, identifier) => {
    expect(() => createAuth({ ...options, verifier: service.verifier, identifier })).toThrow(
      new TypeError('identifier and metadata URL must be ASCII without spaces, quotes and backslashes'),
    );
  });

  it('an identifier with a quote, though there are no scopes', () => {
    const mistaken = { ...options, verifier: service.verifier, identifier: 'api"', scopes: {} };
    expect(() => createAuth(mistaken)).toThrow(TypeError);
  });

  it('an empty identifier', () => {
    expect(() => createAuth({ ...options, verifier: service.verifier, identifier: '' })).toThrow(TypeError);
  });

  it.each(['things read', 'things"read', 'things\\read', 'things\nread', 'thïngs.read', 'things/read'])(
    'a name in the catalogue that cannot be a scope: %j',
    (name) => {
      const mistaken = { ...options, verifier: service.verifier, scopes: { ...scopes, [name]: 'x' } };
      expect(() => createAuth(mistaken)).toThrow(
        new TypeError('a scope must be ASCII without spaces, quotes, backslashes and slashes'),
      );
    },
  );

  it.each([
    ['with a quote', 'https://api.example.com/"x'],
    ['with a backslash', 'https://api.example.com/\\x'],
    ['with a line feed', 'https://api.example.com/\nx'],
  ])('a metadata URL %s', (_, url) => {
    const mistaken = { ...options, verifier: service.verifier, resourceMetadataUrl: url };
    expect(() => createAuth(mistaken)).toThrow(TypeError);
  });
});
