import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { challengeParameters, DESCRIPTION, REALM_AND_METADATA } from '../support/challenge';
import { listen, RawConnection, send, type TestServer } from '../support/raw-http';

const PATH = '/api/v1/things';

let api: TestApi;
let server: TestServer;
let token: string;

beforeAll(async () => {
  api = await testApi();
  server = await listen(api.app);
  token = api.pool.token();
});

afterAll(async () => {
  await server.close();
  await api.close();
});

function get(authorization: string) {
  return request(api.app).get(PATH).set('Authorization', authorization);
}

/** Writes the head of a request line by line, so that a header may stand there twice. */
async function getWithLines(...lines: readonly string[]): Promise<string> {
  const connection = new RawConnection(server.port);
  connection.write(
    [`GET ${PATH} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n'),
  );
  await connection.closed();
  return connection.received;
}

describe('Bearer credentials', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('are taken after the word %s', async (scheme) => {
    expect(await get(`${scheme} ${token}`)).toMatchObject({ status: 200 });
  });

  it('may stand behind several spaces', async () => {
    expect(await get(`Bearer   ${token}`)).toMatchObject({ status: 200 });
  });

  const malformed: readonly [string, () => string][] = [
    ['without a token', () => 'Bearer'],
    ['with a space inside the token', () => `Bearer ${token.replace('.', '. ')}`],
    ['with the token twice', () => `Bearer ${token} ${token}`],
    ['joined by a comma', () => `Bearer ${token}, Bearer ${token}`],
    ['joined by a comma without a space', () => `Bearer ${token},${token}`],
    ['with a parameter in place of the token', () => `Bearer token="${token}"`],
    ['in quotes', () => `Bearer "${token}"`],
    ['behind a tab', () => `Bearer\t${token}`],
    ['behind a colon', () => `Bearer: ${token}`],
    ['with a padding sign in the middle', () => `Bearer a=b.${token}`],
    ['beyond ASCII', () => `Bearer ${token}é`],
  ];

  it.each(malformed)('%s are 400 invalid_request', async (_, authorization) => {
    const { status, headers, body } = await get(authorization());
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_request');
    expect(challengeParameters(headers['www-authenticate'])).toEqual({
      ...REALM_AND_METADATA,
      error: 'invalid_request',
      error_description: DESCRIPTION,
    });
  });

  it.each([
    ['two good tokens', () => [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`]],
    ['a good token first', () => [`Authorization: Bearer ${token}`, 'Authorization: Basic YTpi']],
    ['a good token last', () => ['authorization: Basic YTpi', `AUTHORIZATION: Bearer ${token}`]],
    ['no token at all', () => ['Authorization: Basic YTpi', 'Authorization: Digest a=b']],
    ['an empty one', () => [`Authorization: Bearer ${token}`, 'Authorization:']],
  ])('on two lines are 400 invalid_request: %s', async (_, lines) => {
    const answer = await getWithLines(...lines());
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/^WWW-Authenticate: Bearer .*error="invalid_request"/m);
  });

  it.each([
    ['not a JWT', 'Bearer abc'],
    ['a token that is only dots', 'Bearer ..'],
    ['a token that ends in padding', 'Bearer abc=='],
  ])('with %s are 401 invalid_token', async (_, authorization) => {
    const { status, headers, body } = await get(authorization);
    expect(status).toBe(401);
    expect(body.code).toBe('invalid_token');
    expect(challengeParameters(headers['www-authenticate'])).toMatchObject({ error: 'invalid_token' });
  });
});

describe('a request without Bearer credentials is 401 with a challenge that names no error:', () => {
  it.each([
    ['Basic', 'Basic dXNlcjpwYXNzd29yZA=='],
    ['Basic without credentials', 'Basic'],
    ['DPoP', 'DPoP eyJhbGciOiJub25lIn0.e30.'],
    ['a scheme that begins like Bearer', 'BearerToken abc'],
    ['a scheme with Bearer behind a dash', 'X-Bearer abc'],
    ['a token without a scheme', 'eyJhbGciOiJSUzI1NiJ9.e30.e30'],
    ['a scheme that lists Bearer second', 'Basic YTpi, Bearer abc'],
    ['nothing in the header', ''],
  ])('%s', async (_, authorization) => {
    const { status, headers, body } = await get(authorization);
    expect(status).toBe(401);
    expect(body.code).toBe('missing_token');
    expect(challengeParameters(headers['www-authenticate'])).toEqual(REALM_AND_METADATA);
  });

  it.each([
    ['in the query', () => request(api.app).get(PATH).query({ access_token: token })],
    ['in a form', () => request(api.app).post(PATH).type('form').send(`access_token=${token}`)],
    ['in JSON', () => request(api.app).post(PATH).send({ access_token: token })],
    ['in a cookie', () => request(api.app).get(PATH).set('Cookie', `access_token=${token}`)],
    ['in another header', () => request(api.app).get(PATH).set('X-Access-Token', token)],
    ['for a proxy', () => request(api.app).get(PATH).set('Proxy-Authorization', `Bearer ${token}`)],
  ])('a token %s', async (_, sent) => {
    const { status, headers } = await sent();
    expect(status).toBe(401);
    expect(challengeParameters(headers['www-authenticate'])).toEqual(REALM_AND_METADATA);
  });
});

it('refuses a query that holds another token beside the header', async () => {
  const { status, body } = await get(`Bearer ${token}`).query({ access_token: 'secret' });
  expect([status, body.code, body.detail]).toEqual([
    400,
    'invalid_query',
    'access_token: there is no such parameter',
  ]);
});

it('takes a header of 12 KiB for what it is', async () => {
  const { status } = await send(server.port, PATH, {
    headers: { Authorization: `Bearer ${'a'.repeat(12 * 1024)}` },
  });
  expect(status).toBe(401);
});

it('says the same of every fault that was found before the signature was verified', async () => {
  const { pool } = api;
  const [header, payload] = token.split('.');
  const faulty = [
    'abc',
    'a.b.c',
    `${header}.${payload}.`,
    `${header}.${payload}.AAAA`,
    pool.token({ header: { kid: 'unheard-of' } }),
    pool.token({ header: { kid: undefined } }),
    pool.token({ header: { alg: 'none' } }),
    pool.token({ header: { alg: 'RS512' } }),
    pool.token({ claims: { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Another01' } }),
    `${token}=`,
  ];
  const answers = await Promise.all(faulty.map((each) => get(`Bearer ${each}`)));
  const shown = answers.map(({ status, headers, body }) =>
    JSON.stringify({
      status,
      challenge: headers['www-authenticate'] as unknown,
      body: { ...(body as object), requestId: undefined },
    }),
  );
  expect(new Set(shown).size).toBe(1);
});

it.each([
  ['never fetched', 500],
  ['an empty set', 200],
])('answers 503 with Retry-After and no challenge while there are no keys: %s', async (_, status) => {
  const keyless = await testApi({
    jwksAnswer: (_req, res) => res.writeHead(status).end('{"keys":[]}'),
  });
  try {
    const answer = await request(keyless.app)
      .get(PATH)
      .set('Authorization', `Bearer ${keyless.pool.token()}`);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.body).toMatchObject({ status: 503, code: 'keys_unavailable' });
  } finally {
    await keyless.close();
  }
});

it('still asks for a token while there are no keys', async () => {
  const keyless = await testApi({ jwksAnswer: (_req, res) => res.writeHead(500).end() });
  try {
    expect(await request(keyless.app).get(PATH)).toMatchObject({ status: 401 });
  } finally {
    await keyless.close();
  }
});
