import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, RawConnection, type TestServer } from '../support/raw-http';

const USERS = '/api/v1/things';
const MAX_BYTES = 102_400;

let api: TestApi;
let client: ReturnType<typeof apiClient>;
let server: TestServer;
let made = 0;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
  server = await listen(api.app);
});

afterAll(async () => {
  await server.close();
  await api.close();
});

/** A user that nothing is wrong with, and whose address nobody has. */
function newUser(): { email: string; name: string } {
  made += 1;
  return { email: `user-${made}@example.com`, name: 'Ada' };
}

async function created(): Promise<string> {
  const { body } = await client.post(newUser());
  return body.id as string;
}

/** The same object with a member whose name cannot stand in a literal. */
function withMember(object: object, name: string, value: unknown): string {
  return JSON.stringify(object).replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
}

describe('a body that does not fit its schema', () => {
  const valid = { email: 'ada@example.com', name: 'Ada' };
  const faults: readonly [string, unknown, readonly string[]][] = [
    ['an empty object', {}, ['#/email', '#/name']],
    ['null', null, ['#']],
    ['an array', [], ['#']],
    ['an array of users', [valid], ['#']],
    ['a number', 1, ['#']],
    ['a text', '"ada@example.com"', ['#']],
    ['true', true, ['#']],
    ['null members', { email: null, name: null }, ['#/email', '#/name']],
    ['members of other types', { email: 1, name: ['Ada'] }, ['#/email', '#/name']],
    ['an object in place of a text', { ...valid, name: { toString: 'Ada' } }, ['#/name']],
    ['an empty name', { ...valid, name: '' }, ['#/name']],
    ['a name of nothing but spaces', { ...valid, name: ' \t\n ' }, ['#/name']],
    ['a name that is too long', { ...valid, name: 'n'.repeat(201) }, ['#/name']],
    ['an address that is too long', { ...valid, email: `${'a'.repeat(243)}@example.com` }, ['#/email']],
    ['NUL', { ...valid, name: 'A\0da' }, ['#/name']],
    ['a lone high surrogate', `{"email":"ada@example.com","name":"A\\ud800da"}`, ['#/name']],
    ['a lone low surrogate', `{"email":"ada@example.com","name":"A\\udc00da"}`, ['#/name']],
    ['an escape sequence', { ...valid, name: 'A\x1b[31mda' }, ['#/name']],
    ['a line break', { ...valid, name: 'Ada\r\nKing' }, ['#/name']],
    ['a C1 control character', { ...valid, name: 'A\x9bda' }, ['#/name']],
    ['no address', { ...valid, email: 'ada' }, ['#/email']],
    ['NUL in the address', { ...valid, email: 'ada\0@example.com' }, ['#/email']],
    ['a line break in the address', { ...valid, email: 'ada@example.com\nbcc: x@example.com' }, ['#/email']],
    ['a lone surrogate in the address', `{"email":"\\ud800@example.com","name":"Ada"}`, ['#/email']],
    ['an address beyond ASCII', { ...valid, email: 'ada@exämple.com' }, ['#/email']],
    ['two addresses', { ...valid, email: 'a@example.com, b@example.com' }, ['#/email']],
    ['an unknown member', { ...valid, admin: true }, ['#/admin']],
    ['a member that is the server’s to set', { ...valid, id: 'x', createdAt: 'x' }, ['#/id', '#/createdAt']],
    ['a member in other letters', { ...valid, Name: 'Ada' }, ['#/Name']],
    ['a name that a pointer has to escape', { ...valid, 'a/b~c d': 1 }, ['#/a~1b~0c%20d']],
    ['an empty member name', { ...valid, '': 1 }, ['#/']],
    ['a member name with a lone surrogate', withMember(valid, '\ud800', 1), ['#/%EF%BF%BD']],
    ['constructor', withMember(valid, 'constructor', { prototype: { polluted: true } }), ['#/constructor']],
    ['prototype', withMember(valid, 'prototype', { polluted: true }), ['#/prototype']],
    ['__proto__', withMember(valid, '__proto__', { polluted: true }), ['#/__proto__']],
    ['hasOwnProperty', withMember(valid, 'hasOwnProperty', 1), ['#/hasOwnProperty']],
    ['every fault at once', { email: 1, name: '', a: 1, b: 2 }, ['#/email', '#/name', '#/a', '#/b']],
  ];

  it.each(faults)('is 422 and named by its pointers: %s', async (_, body, pointers) => {
    const answer = await client.post(body);
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('invalid_body');
    const errors = answer.body.errors as { pointer: string; detail: string }[];
    expect(new Set(errors.map(({ pointer }) => pointer))).toEqual(new Set(pointers));
    for (const error of errors)
      expect(error).toEqual({ pointer: expect.any(String), detail: expect.stringMatching(/\S/) });
  });

  it.each([
    ['null', 'null', ['#']],
    ['an array', [], ['#']],
    ['null for a member, which would take it away', { name: null }, ['#/name']],
    ['an unknown member', { role: 'admin' }, ['#/role']],
    ['the id', { id: 'x' }, ['#/id']],
    ['the version', { version: 9 }, ['#/version']],
    ['an empty name', { name: '' }, ['#/name']],
    ['__proto__', '{"__proto__":{"name":"x"}}', ['#/__proto__']],
  ])('is 422 in a patch too: %s', async (_, body, pointers) => {
    const answer = await client.patch(await created(), body);
    expect(answer.status).toBe(422);
    expect((answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('is 422 before it is looked up who is to be changed', async () => {
    const unknown = '01990000-0000-7000-8000-00000000dead';
    expect(await client.patch(unknown, { name: '' })).toMatchObject({ status: 422 });
  });

  it.each([20, 21, 5000])('has at most 20 faults told of %d', async (count) => {
    const members = Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i]));
    const { status, body } = await client.post({ ...newUser(), ...members });
    expect(status).toBe(422);
    expect(body.errors).toHaveLength(20);
  });

  it('gets a short answer to a long member name', async () => {
    const { status, text } = await client.post({ ...newUser(), ['x'.repeat(90_000)]: 1 });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(1000);
  });

  it('is not echoed', async () => {
    const { status, text } = await client.post({ email: 'secret-address', name: 'secret-name\0' });
    expect(status).toBe(422);
    expect(text).not.toContain('secret');
  });

  it('leaves the prototypes of objects alone', async () => {
    for (const name of ['__proto__', 'constructor'])
      await client.post(withMember(newUser(), name, { polluted: true, prototype: { polluted: true } }));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is 422 where it is nested as deep as it can be', async () => {
    expect(await client.post('['.repeat(51_200) + ']'.repeat(51_200))).toMatchObject({ status: 422 });
  });
});

describe('the media type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf-8',
    'application/json; profile="x"',
  ])('may be %s', async (type) => {
    expect(await client.post(newUser(), { 'Content-Type': type })).toMatchObject({ status: 201 });
  });

  it.each([
    'text/plain',
    'text/json',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json, text/plain',
    'json',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; x=y; charset=iso-8859-1',
  ])('is 415 where it is %s', async (type) => {
    const { status, headers, body } = await client.post(JSON.stringify(newUser()), { 'Content-Type': type });
    expect(status).toBe(415);
    expect(body.code).toBe('unsupported_media_type');
    expect(headers['accept']).toBe('application/json');
  });

  it('is 415 where there is none', async () => {
    const sent = request(api.app).post(USERS).set('Authorization', `Bearer ${api.pool.token()}`);
    expect(await sent.unset('Content-Type').send()).toMatchObject({ status: 415 });
  });

  it('is 415 for a patch that lists operations', async () => {
    const { status, headers } = await client.patch(await created(), '[]', {
      'Content-Type': 'application/json-patch+json',
    });
    expect(status).toBe(415);
    expect(headers['accept']).toBe('application/merge-patch+json, application/json');
  });

  it.each(['gzip', 'deflate', 'br', 'x-unknown', 'identity, gzip'])(
    'is 415 under the content coding %s',
    async (coding) => {
      const answer = await client.post(gzipSync(JSON.stringify(newUser())), { 'Content-Encoding': coding });
      expect(answer.status).toBe(415);
    },
  );

  it('may stand beside the content coding identity', async () => {
    expect(await client.post(newUser(), { 'Content-Encoding': 'identity' })).toMatchObject({ status: 201 });
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['empty', ''],
    ['white space', ' \n '],
    ['cut short', '{"email":"a@example.com"'],
    ['a trailing comma', '{"name":"Ada",}'],
    ['single quotes', "{'name':'Ada'}"],
    ['two documents', '{}{}'],
    ['a form', 'email=a%40example.com'],
    ['NaN', '{"name":NaN}'],
    ['a NUL between members', '{"name":\0"Ada"}'],
    ['a raw line break in a text', '{"name":"A\nda"}'],
    ['brackets without end', '['.repeat(100_000)],
  ])('is 400: %s', async (_, body) => {
    const answer = await client.post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_body');
  });

  it.each([
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('{"name":"Ada"}', 'utf16le')],
    ['a character cut in half', Buffer.from('{"name":"é').subarray(0, -1)],
  ])('is 400 where its bytes are no UTF-8: %s', async (_, body) => {
    const answer = await client.post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_body');
  });

  it('leaves its connection open for the next request', async () => {
    const connection = new RawConnection(server.port);
    const head = `POST ${USERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.pool.token()}\r\n`;
    connection.write(`${head}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`);
    await connection.until(/"malformed_body"/);
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.until(/"checks"/);
    expect(connection.received).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/1\.1 200 /);
    connection.destroy();
  });

  it('is not echoed', async () => {
    const { status, text } = await client.post('{"name":"secret');
    expect(status).toBe(400);
    expect(text).not.toContain('secret');
  });
});

it('takes JSON behind a byte order mark', async () => {
  const body = Buffer.from(`\ufeff${JSON.stringify(newUser())}`);
  expect(await client.post(body)).toMatchObject({ status: 201 });
});

it('takes the last of two members of one name', async () => {
  const { name } = newUser();
  const { status, body } = await client.post(
    `{"email":"first-${made}@example.com","email":"last-${made}@example.com","name":"${name}"}`,
  );
  expect(status).toBe(201);
  expect(body.email).toBe(`last-${made}@example.com`);
});

describe('the size of a body', () => {
  /** JSON of exactly so many bytes. */
  const sized = (bytes: number): string => {
    const text = JSON.stringify(newUser());
    return text + ' '.repeat(bytes - text.length);
  };

  function head(...lines: readonly string[]): string {
    return [
      `POST ${USERS} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${api.pool.token()}`,
      'Content-Type: application/json',
      ...lines,
      '',
      '',
    ].join('\r\n');
  }

  /** A body in chunks of HTTP/1.1, each of at most 16 KiB. */
  function chunked(body: string): string {
    const chunks = body.match(/[^]{1,16384}/g) ?? [];
    return [...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  }

  async function exchange(bytes: string): Promise<string> {
    const connection = new RawConnection(server.port);
    connection.write(bytes);
    await connection.until(/^\{.*\}$/m);
    connection.destroy();
    return connection.received;
  }

  it.each([
    [MAX_BYTES, 201],
    [MAX_BYTES + 1, 413],
  ])('of %d bytes is answered %d where it is announced', async (bytes, status) => {
    const answer = await exchange(head(`Content-Length: ${bytes}`) + sized(bytes));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each([
    [MAX_BYTES, 201],
    [MAX_BYTES + 1, 413],
  ])('of %d bytes is answered %d where it comes in chunks', async (bytes, status) => {
    const answer = await exchange(head('Transfer-Encoding: chunked') + chunked(sized(bytes)));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('counts bytes, not characters', async () => {
    const body = Buffer.from(`{"name":"${'é'.repeat(MAX_BYTES / 2)}"}`);
    expect(await client.post(body)).toMatchObject({ status: 413 });
  });

  it.each([
    ['announced', () => head(`Content-Length: 50000000`)],
    ['announced, and no byte of it sent', () => head(`Content-Length: ${MAX_BYTES + 1}`)],
    [
      'in chunks that have passed the bound',
      () => head('Transfer-Encoding: chunked') + chunked('x'.repeat(MAX_BYTES + 1)).slice(0, -5),
    ],
  ])(
    'over the bound is refused before the body has ended, and the connection closed: %s',
    async (_, bytes) => {
      const connection = new RawConnection(server.port);
      connection.write(bytes());
      await connection.closed();
      expect(connection.received).toMatch(/^HTTP\/1\.1 413 /);
      expect(connection.received).toMatch(/^Connection: close\r$/m);
      expect(connection.received).toContain('"code":"body_too_large"');
    },
  );

  it('is refused for what the caller may not do before the body is looked at', async () => {
    const connection = new RawConnection(server.port);
    connection.write(
      head('Content-Length: 50000000').replace(/Bearer .*/, `Bearer ${api.pool.tokenWith('things.read')}`),
    );
    await connection.until(/"code"/);
    connection.destroy();
    expect(connection.received).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('that ends early harms nobody', async () => {
    const connection = new RawConnection(server.port);
    const lines = api.log.length;
    connection.write(`${head('Content-Length: 1000', 'Expect: 100-continue')}{"email"`);
    await connection.until(/100 Continue/);
    connection.destroy();
    while (api.log.length === lines) await new Promise((resolve) => setImmediate(resolve));
    expect(api.log.slice(lines).map(({ level }) => level)).not.toContain('error');
    expect(await client.post(newUser())).toMatchObject({ status: 201 });
  });
});

it('ignores the body of a request that takes none', async () => {
  const { status } = await client.get(USERS).type('text/plain').send('not looked at');
  expect(status).toBe(200);
});
