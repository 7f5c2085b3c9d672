import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, RawConnection, type TestServer } from '../support/raw-http';

const THINGS = '/api/v1/things';
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

/** A thing that nothing is wrong with, whose label no other has. */
function newThing(): { label: string } {
  made += 1;
  return { label: `Thing ${made}` };
}

async function created(): Promise<string> {
  const { body } = await client.post(newThing());
  return body.id as string;
}

/** The same object with a member whose name cannot stand in a literal. */
function withMember(object: object, name: string, value: unknown): string {
  return JSON.stringify(object).replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
}

describe('a body that does not fit its schema', () => {
  const valid = { label: 'Lamp' };
  const faults: readonly [string, unknown, readonly string[]][] = [
    ['an empty object', {}, ['#/label']],
    ['null', null, ['#']],
    ['an array', [], ['#']],
    ['an array of things', [valid], ['#']],
    ['a number', 1, ['#']],
    ['a text', '"Lamp"', ['#']],
    ['true', true, ['#']],
    ['a null member', { label: null }, ['#/label']],
    ['a member of another type', { label: ['Lamp'] }, ['#/label']],
    ['an object in place of a text', { label: { toString: 'Lamp' } }, ['#/label']],
    ['an empty label', { label: '' }, ['#/label']],
    ['a label of nothing but spaces', { label: ' \t\n ' }, ['#/label']],
    ['a label that is too long', { label: 'n'.repeat(201) }, ['#/label']],
    ['NUL', { label: 'L\0amp' }, ['#/label']],
    ['a lone high surrogate', `{"label":"L\\ud800amp"}`, ['#/label']],
    ['a lone low surrogate', `{"label":"L\\udc00amp"}`, ['#/label']],
    ['an escape sequence', { label: 'L\x1b[31mamp' }, ['#/label']],
    ['a line break', { label: 'Lamp\r\nDesk' }, ['#/label']],
    ['a C1 control character', { label: 'L\x9bamp' }, ['#/label']],
    ['an unknown member', { ...valid, admin: true }, ['#/admin']],
    ['a member that is the server’s to set', { ...valid, id: 'x', createdAt: 'x' }, ['#/id', '#/createdAt']],
    ['a member in other letters', { ...valid, Label: 'Lamp' }, ['#/Label']],
    ['a name that a pointer has to escape', { ...valid, 'a/b~c d': 1 }, ['#/a~1b~0c%20d']],
    ['an empty member name', { ...valid, '': 1 }, ['#/']],
    ['a member name with a lone surrogate', withMember(valid, '\ud800', 1), ['#/%EF%BF%BD']],
    ['constructor', withMember(valid, 'constructor', { prototype: { polluted: true } }), ['#/constructor']],
    ['prototype', withMember(valid, 'prototype', { polluted: true }), ['#/prototype']],
    ['__proto__', withMember(valid, '__proto__', { polluted: true }), ['#/__proto__']],
    ['hasOwnProperty', withMember(valid, 'hasOwnProperty', 1), ['#/hasOwnProperty']],
    ['every fault at once', { label: 1, a: 1, b: 2 }, ['#/label', '#/a', '#/b']],
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
    ['null for a member, which would take it away', { label: null }, ['#/label']],
    ['an unknown member', { role: 'admin' }, ['#/role']],
    ['the id', { id: 'x' }, ['#/id']],
    ['the version', { version: 9 }, ['#/version']],
    ['an empty label', { label: '' }, ['#/label']],
    ['__proto__', '{"__proto__":{"label":"x"}}', ['#/__proto__']],
  ])('is 422 in a patch too: %s', async (_, body, pointers) => {
    const answer = await client.patch(await created(), body);
    expect(answer.status).toBe(422);
    expect((answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('is 422 before it is looked up who is to be changed', async () => {
    const unknown = '01990000-0000-7000-8000-00000000dead';
    expect(await client.patch(unknown, { label: '' })).toMatchObject({ status: 422 });
  });

  it.each([
    [
      'of another type, which has no other fault then',
      { label: [] },
      '#/label',
      /expected string, received array/,
    ],
    ['that is missing', {}, '#/label', /^is required$/],
    ['that has two faults', { label: '\0'.repeat(201) }, '#/label', /./],
  ])('has one clear sentence about a member %s', async (_, body, pointer, detail) => {
    const answer = await client.post(body);
    const [first] = answer.body.errors as object[];
    expect(first).toEqual({ pointer, detail: expect.stringMatching(detail) });
    expect(answer.text).not.toContain('undefined');
    expect(answer.text).not.toContain('>=1 ');
  });

  it.each([20, 21, 5000])('reports at most 20 of %d faults', async (count) => {
    const members = Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i]));
    const { status, body } = await client.post({ ...newThing(), ...members });
    expect(status).toBe(422);
    expect(body.errors).toHaveLength(20);
  });

  it('gets a short answer to a long member name', async () => {
    const { status, text } = await client.post({ ...newThing(), ['x'.repeat(90_000)]: 1 });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(1000);
  });

  it('is not echoed', async () => {
    const { status, text } = await client.post({ label: 'secret-label\0' });
    expect(status).toBe(422);
    expect(text).not.toContain('secret');
  });

  it('leaves the prototypes of objects alone', async () => {
    for (const name of ['__proto__', 'constructor'])
      await client.post(withMember(newThing(), name, { polluted: true, prototype: { polluted: true } }));
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
    ' application/json ',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf-8',
    'application/json; profile="x"',
  ])('may be %s', async (type) => {
    expect(await client.post(newThing(), { 'Content-Type': type })).toMatchObject({ status: 201 });
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
    'application/json; charset=utf-8-sig',
    'application/json; charset=x-utf-8',
    'application/json; x=y; charset=iso-8859-1',
  ])('is 415 where it is %s', async (type) => {
    const { status, headers, body } = await client.post(JSON.stringify(newThing()), { 'Content-Type': type });
    expect(status).toBe(415);
    expect(body.code).toBe('unsupported_media_type');
    expect(headers['accept']).toBe('application/json');
  });

  it('is 415 where there is none', async () => {
    const sent = request(api.app).post(THINGS).set('Authorization', `Bearer ${api.pool.token()}`);
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
      const answer = await client.post(gzipSync(JSON.stringify(newThing())), { 'Content-Encoding': coding });
      expect(answer.status).toBe(415);
    },
  );

  it('may stand beside the content coding identity', async () => {
    expect(await client.post(newThing(), { 'Content-Encoding': 'identity' })).toMatchObject({ status: 201 });
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['empty', ''],
    ['white space', ' \n '],
    ['cut short', '{"label":"Lamp"'],
    ['a trailing comma', '{"label":"Ada",}'],
    ['single quotes', "{'label':'Lamp'}"],
    ['two documents', '{}{}'],
    ['a form', 'label=Lamp'],
    ['NaN', '{"label":NaN}'],
    ['a NUL between members', '{"label":\0"Ada"}'],
    ['a raw line break in a text', '{"label":"A\nda"}'],
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
    ['UTF-16', Buffer.from('{"label":"Zoë"}', 'utf16le')],
    ['a character cut in half', Buffer.from('{"label":"é').subarray(0, -1)],
  ])('is 400 where its bytes are no UTF-8: %s', async (_, body) => {
    const answer = await client.post(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed_body', detail: 'The request body is not UTF-8' });
  });

  it('leaves its connection open for the next request', async () => {
    const connection = new RawConnection(server.port);
    const head = `POST ${THINGS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.pool.token()}\r\n`;
    connection.write(`${head}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`);
    await connection.until(/"malformed_body"/);
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.until(/"checks"/);
    expect(connection.received).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/1\.1 200 /);
    connection.destroy();
  });

  it('has the place of its fault named', async () => {
    const { body } = await client.post('{\n  "label": "Lamp",\n}');
    expect(body.detail).toBe('The request body is not valid JSON: look at line 3, column 1');
  });

  it('is not echoed', async () => {
    const { status, text } = await client.post('{"label":"secret');
    expect(status).toBe(400);
    expect(text).not.toContain('secret');
  });
});

it('takes JSON behind a byte order mark', async () => {
  const body = Buffer.from(`\ufeff${JSON.stringify(newThing())}`);
  expect(await client.post(body)).toMatchObject({ status: 201 });
});

it('takes the last of two members of one name', async () => {
  newThing();
  const { status, body } = await client.post(`{"label":"First ${made}","label":"Last ${made}"}`);
  expect(status).toBe(201);
  expect(body.label).toBe(`Last ${made}`);
});

describe('the size of a body', () => {
  /** JSON of exactly so many bytes. */
  const sized = (bytes: number): string => {
    const text = JSON.stringify(newThing());
    return text + ' '.repeat(bytes - text.length);
  };

  function head(...lines: readonly string[]): string {
    return [
      `POST ${THINGS} HTTP/1.1`,
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
    const body = Buffer.from(`{"label":"${'é'.repeat(MAX_BYTES / 2)}"}`);
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

  it('that ends early does no harm', async () => {
    const connection = new RawConnection(server.port);
    const lines = api.log.length;
    connection.write(`${head('Content-Length: 1000', 'Expect: 100-continue')}{"label"`);
    await connection.until(/100 Continue/);
    connection.destroy();
    while (api.log.length === lines) await new Promise((resolve) => setImmediate(resolve));
    expect(api.log.slice(lines).map(({ level }) => level)).not.toContain('error');
    expect(await client.post(newThing())).toMatchObject({ status: 201 });
  });
});

it('ignores the body of a request that takes none', async () => {
  const { status } = await client.get(THINGS).type('text/plain').send('not looked at');
  expect(status).toBe(200);
});
