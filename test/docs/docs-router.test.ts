import fs, { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { openApiDocument } from '../../src/api/openapi';
import { docsRouter } from '../../src/docs/docs-router';
import { guidePage } from '../../src/docs/guide-page';
import { about } from '../../src/resources/about';
import { testApi, type TestApi } from '../support/api';
import { things } from '../support/things/resource';

describe('the pages', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await testApi();
  });

  afterAll(() => api.close());

  it.each(['/docs', '/docs/guide'])('%s allows no script, frame or form from anywhere else', async (path) => {
    const { status, headers } = await request(api.app).get(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i);
    const policy = headers['content-security-policy']!.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]),
    );
    const scripts = policy.find((directive) => directive.startsWith('script-src')) ?? '';
    expect(scripts).not.toMatch(/unsafe|http|\*/);
  });

  it('/docs/guide allows no script at all, and no style but those of files', async () => {
    const { headers, text } = await request(api.app).get('/docs/guide');
    expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe/);
    expect(text).not.toMatch(/<script|<style| style=| on\w+=/);
  });

  it.each(['/docs', '/docs/guide', '/openapi.json'])('answers 405 to other methods on %s', async (path) => {
    const { status, headers } = await request(api.app).post(path);
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });

  it.each([
    '/docs/',
    '/docs/index.html',
    '/docs/guide.html',
    '/docs/..%2fdocs-page.ts',
    '/docs/package.json',
  ])('serves no file that no page needs: %s', async (path) => {
    expect(await request(api.app).get(path)).toMatchObject({ status: 404 });
  });
});

describe('what never changes', () => {
  const parts = ['docs.css', 'docs.js', 'guide.css', 'icon.svg', 'swagger-ui-bundle.js', 'swagger-ui.css'];
  const paths = ['/openapi.json', '/docs', '/docs/guide', ...parts.map((part) => `/docs/${part}`)];
  let api: TestApi;

  beforeAll(async () => {
    api = await testApi();
  });

  afterAll(() => api.close());

  const get = (path: string, headers = {}) => request(api.app).get(path).buffer(true).set(headers);
  const tagOf = async (path: string) => (await get(path)).headers['etag']!;

  it.each(parts)('%s is answered as it lies on disk', async (part) => {
    const folder = part.startsWith('swagger-ui')
      ? dirname(require.resolve('swagger-ui-dist'))
      : join(__dirname, '../../src/docs/pages');
    const { text, body, headers } = await get(`/docs/${part}`);
    const bytes = readFileSync(join(folder, part));
    expect(headers['content-length']).toBe(String(bytes.length));
    expect(Buffer.isBuffer(body) ? body : Buffer.from(text)).toEqual(bytes);
  });

  it.each([
    ['/openapi.json', 'application/json; charset=utf-8'],
    ['/docs/docs.css', 'text/css; charset=utf-8'],
    ['/docs/docs.js', 'text/javascript; charset=utf-8'],
    ['/docs/icon.svg', 'image/svg+xml'],
    ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ])('%s is of type %s', async (path, mediaType) => {
    expect((await get(path)).headers['content-type']).toBe(mediaType);
  });

  it.each([
    ['/docs', 0],
    ['/docs/docs.js', 0],
    ['/docs/swagger-ui-bundle.js', 86_400],
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
    for (const path of ['/openapi.json', '/docs', '/docs/docs.css']) {
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

describe('the facts of the guide', () => {
  const options = {
    about,
    identifier: 'https://api.example.com',
    issuer: 'https://issuer.example',
    publicUrl: 'x',
  };
  const facts = (tokenUrl: string | undefined) =>
    guidePage('<!-- facts -->', openApiDocument([things], { ...options, tokenUrl }));

  it('are the token endpoint and the scopes', () => {
    expect(facts('https://pool.example/oauth2/token')).toMatch(
      /<code>https:\/\/pool\.example\/oauth2\/token<\/code>.*<code>https:\/\/api\.example\.com\/things\.read<\/code>/,
    );
  });

  it('are the discovery document, where the token endpoint is not known', () => {
    expect(facts(undefined)).toContain(
      '<code>https://issuer.example/.well-known/openid-configuration</code>',
    );
  });

  it('are text, whatever they hold', () => {
    expect(facts('https://pool.example/<script>&$&')).toContain('/&lt;script&gt;&amp;$&amp;</code>');
  });
});

it('the interactive page may connect to the token endpoint, and nowhere else', async () => {
  const app = express().use(
    docsRouter({
      description: {},
      descriptionForThirdParties: {},
      tokenUrl: 'https://pool.example/oauth2/token',
    }),
  );
  const { headers } = await request(app).get('/docs');
  expect(headers['content-security-policy']).toContain("connect-src 'self' https://pool.example;");
});
