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
  const app = express().use(docsRouter({ description: {}, tokenUrl: 'https://pool.example/oauth2/token' }));
  const { headers } = await request(app).get('/docs');
  expect(headers['content-security-policy']).toContain("connect-src 'self' https://pool.example;");
});
