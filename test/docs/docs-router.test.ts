import fs, { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { problemsOfStatuses } from '../../src/http/problem';
import { testApi, type TestApi } from '../support/api';

const PAGES = [
  '/docs',
  '/docs/authentication',
  '/docs/errors',
  '/docs/errors/invalid_body',
  '/docs/paging',
  '/docs/changing-safely',
  '/docs/changelog',
  '/docs/reference',
  '/docs/reference/things',
];
const PARTS = ['portal.css', 'portal.js', 'reference.js', 'icon.svg', 'inter.woff2', 'jetbrains-mono.woff2'];

let api: TestApi;

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api.close());

const get = (path: string, headers = {}) => request(api.app).get(path).buffer(true).set(headers);

describe.each(PAGES)('%s', (path) => {
  it('allows no script, style, frame or form but those that the service serves', async () => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<script>|<style| style=| on\w+=|javascript:/);
    expect([...text.matchAll(/(?:src|href)="(https?:[^"]*)"/g)].map(([, url]) => url)).toEqual(
      [...text.matchAll(/<a href="(https:[^"]*)"/g)].map(([, url]) => url),
    );
  });

  it('answers 405 to other methods', async () => {
    const { status, headers } = await request(api.app).post(path);
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

it('the reference may connect to the token endpoint, and other pages may not', async () => {
  const withTokens = await testApi({ tokenUrl: 'https://pool.example/oauth2/token' });
  const policyOf = async (path: string) =>
    (await request(withTokens.app).get(path)).headers['content-security-policy'];
  expect(await policyOf('/docs/reference/things')).toContain("connect-src 'self' https://pool.example;");
  expect(await policyOf('/docs')).toContain("connect-src 'self';");
  await withTokens.close();
});

it.each([
  '/docs/',
  '/docs/index.html',
  '/docs/..%2fportal.ts',
  '/docs/content.json',
  '/docs/errors/unheard_of',
])('serves nothing that no page needs: %s', async (path) => {
  expect(await get(path)).toMatchObject({ status: 404 });
});

it.each(problemsOfStatuses.map(({ code }) => code))(
  'has a page for the code of a status alone: %s',
  async (code) => {
    expect(await get(`/docs/errors/${code}`)).toMatchObject({ status: 200 });
  },
);

describe('what never changes', () => {
  const paths = ['/openapi.json', '/docs/search.json', ...PAGES, ...PARTS.map((part) => `/docs/${part}`)];
  const tagOf = async (path: string) => (await get(path)).headers['etag']!;

  it.each(PARTS)('%s is answered as it lies on disk', async (part) => {
    const folder = join(__dirname, '../../src/docs/assets', part.endsWith('.woff2') ? 'fonts' : '');
    const { text, body, headers } = await get(`/docs/${part}`);
    const bytes = readFileSync(join(folder, part));
    expect(headers['content-length']).toBe(String(bytes.length));
    expect(Buffer.isBuffer(body) ? body : Buffer.from(text)).toEqual(bytes);
  });

  it.each([
    ['/openapi.json', 'application/json; charset=utf-8'],
    ['/docs/search.json', 'application/json; charset=utf-8'],
    ['/docs/portal.css', 'text/css; charset=utf-8'],
    ['/docs/portal.js', 'text/javascript; charset=utf-8'],
    ['/docs/icon.svg', 'image/svg+xml'],
    ['/docs/inter.woff2', 'font/woff2'],
  ])('%s is of type %s', async (path, mediaType) => {
    expect((await get(path)).headers['content-type']).toBe(mediaType);
  });

  it.each([
    ['/docs', 0],
    ['/docs/portal.js', 0],
    ['/docs/inter.woff2', 86_400],
  ])('%s may be used for %d s without asking', async (path, seconds) => {
    expect((await get(path)).headers['cache-control']).toBe(`public, max-age=${seconds}`);
  });

  it('is not read from disk again', async () => {
    const reads = (['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream'] as const).map(
      (name) => jest.spyOn(fs, name),
    );
    for (const path of paths) expect(await get(path)).toMatchObject({ status: 200 });
    for (const read of reads) expect(read).not.toHaveBeenCalled();
  });

  it.each(paths)('%s is 304 for a client that has it', async (path) => {
    const tag = await tagOf(path);
    expect(tag).toMatch(/^"[\w-]+"$/);
    for (const ifNoneMatch of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const { status, text, headers } = await get(path, { 'If-None-Match': ifNoneMatch });
      expect([status, text]).toEqual([304, '']);
      expect(headers).toMatchObject({ etag: tag, 'cache-control': expect.stringContaining('max-age') });
    }
    expect(await get(path, { 'If-None-Match': '"other"' })).toMatchObject({ status: 200 });
  });

  it('has tags of its own', async () => {
    expect(new Set(await Promise.all(paths.map(tagOf))).size).toBe(paths.length);
  });

  it.each(paths)('%s is 412 for a client that needs another version', async (path) => {
    const { status, body } = await get(path, { 'If-Match': '"other"' });
    expect([status, body.code]).toEqual([412, 'precondition_failed']);
    expect(await get(path, { 'If-Match': await tagOf(path) })).toMatchObject({ status: 200 });
  });

  it.each([
    ['Range', 'bytes=99999999-'],
    ['Range', 'bytes=0-1'],
    ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['If-Modified-Since', 'Thu, 01 Jan 2099 00:00:00 GMT'],
  ])('is answered whole whatever %s says: %s', async (name, value) => {
    for (const path of ['/openapi.json', '/docs', '/docs/portal.css']) {
      const whole = await get(path);
      const answer = await get(path, { [name]: value });
      expect([answer.status, answer.text]).toEqual([200, whole.text]);
    }
  });

  it('is answered to HEAD with the length that GET has', async () => {
    for (const path of paths) {
      const { headers, text } = await request(api.app).head(path);
      expect(text).toBeFalsy();
      expect(headers['content-length']).toBe((await get(path)).headers['content-length']);
    }
  });
});

it('leads from / to the portal and the description', async () => {
  const { status, headers, body } = await get('/').redirects(0);
  expect([status, headers['location']]).toEqual([302, '/docs']);
  expect(body).toEqual({ documentation: '/docs', description: '/openapi.json' });
});
