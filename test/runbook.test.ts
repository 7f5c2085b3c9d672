import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { testApi, type TestApi } from './support/api';
import { apiClient } from './support/api-client';
import { registerClient } from './support/registered-client';
import { until } from './support/until';

const THINGS = '/api/v1/things';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const read = (path: string) => readFileSync(join(__dirname, '..', path), 'utf8');
const runbook = read('docs/operations.md');
let directory: string;
let api: TestApi;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'runbook-'));
  api = await testApi();
  const version = await registerClient(api.database, { id: '1acme', name: 'acme' });
  await until('the registry to be read', () => api.registry.status().version === version);
  const authorization = `Bearer ${api.pool.token({ claims: { client_id: '1acme' } })}`;
  const get = (path: string, headers = {}) =>
    request(api.app).get(path).set('Authorization', authorization).set(headers);
  await get('/api/v1/thinks');
  await get('/api/v1/thinks');
  await get(`${THINGS}?limit=0`);
  await get(THINGS, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
  await request(api.app)
    .get(THINGS)
    .set('Authorization', `Bearer ${api.pool.token({ claims: { iss: 'https://other.example.com' } })}`);
  await api.database.query('ALTER TABLE things RENAME TO others');
  await apiClient(api).get(THINGS);
  const slow = { ...api.log.find(({ traceId }) => traceId === TRACE_ID), durationMs: 612, databaseMs: 600 };
  const unparsed = { msg: 'request not parsed', time: '2026-11-26T03:00:00.000Z', reason: 'head_too_large' };
  const lines = [...api.log, slow, unparsed].map((line) => JSON.stringify(line));
  writeFileSync(join(directory, 'api.log'), `${lines.join('\n')}\n`);
});

afterAll(async () => {
  await api.close();
  rmSync(directory, { recursive: true });
});

/** What the lines for the shell print that answer a question of the runbook, one after the other. */
function answersTo(question: string): string[] {
  const section = runbook.split(/^#{2,3} /m).find((text) => text.startsWith(question)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, line = '']) => {
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: directory, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout;
  });
}

it.each([
  ['Who gets 404, and where?', [/^ *2 acme\t\/api\/v1\/thinks$/m]],
  ["What is wrong with a client's requests?", [/^ *1 acme\t\/api\/v1\/things\tlimit\ttoo_small$/m]],
  ['Whose tokens are refused, and why?', [/^ *1 foreign_issuer\thttps:\/\/other\.example\.com\tkey-1$/m]],
  ['What did a client do today?', [/^ *2 GET\t\/api\/v1\/thinks\t404$/m]],
  ['What changed before the errors began?', [/"status":500,"reason":"internal_error"/]],
  ['Why was one request slow?', [new RegExp(`"traceId": "${TRACE_ID}"`), /\tacme\tGET\t.*\t612\t.*\t600\t/]],
  ['What comes that cannot be parsed?', [/"reason":"head_too_large"/]],
])('the runbook answers by pasting its lines: %s', (question, expected) => {
  const answers = answersTo(question);
  expect(answers).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(answers[index]).toMatch(pattern);
});

/** What a line of CloudWatch Logs Insights may have beside names of fields, texts and numbers. */
const INSIGHTS = {
  commands: ['filter', 'stats', 'sort', 'display', 'limit'],
  words: ['and', 'or', 'not', 'in', 'like', 'by', 'as', 'asc', 'desc', 'count', 'coalesce', 'ispresent'],
  fields: ['@timestamp', '@message'],
};

/** Names of the members that lines of the log have: of requests, of their errors, of changes of clients, and of all else. */
function loggedNames(): Set<string> {
  const declared = ['observability/access-log.ts', 'auth/http-error.ts', 'resources/clients/store.ts']
    .map((path) => read(`src/${path}`))
    .flatMap((source) => [...source.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name));
  const logged = readdirSync(join(__dirname, '..', 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...read(`src/${path}`).matchAll(/\blog\.\w+\(\{ (.*) \}, '/g)])
    .flatMap(([, members = '']) => members.split(', ').map((member) => member.replace(/:.*/, '')));
  return new Set(['time', 'level', 'msg', ...declared, ...logged]);
}

it.each([
  ...[...runbook.matchAll(/^```text\n(.*)\n```$/gm)].map(([, line = '']) => line),
  ...[...read('infra/service/dashboard.ts').matchAll(/'(filter .*)'/g)].map(([, line = '']) => line),
])('CloudWatch Logs Insights understands, with names of the log: %s', (line) => {
  const known = loggedNames();
  const withoutTexts = line.replace(/"[^"]*"/g, '""');
  for (const part of withoutTexts.split(' | ')) expect(INSIGHTS.commands).toContain(part.split(' ')[0]);
  // Only values may be listed there.
  expect(withoutTexts).not.toMatch(/\bin \[(?!"")/);
  const aliases = [...withoutTexts.matchAll(/ as (\w+)/g)].map(([, name]) => name);
  const others = [...withoutTexts.matchAll(/@?[a-z][\w.]*/gi)]
    .map(([word]) => word)
    .filter((word) => !Object.values(INSIGHTS).flat().includes(word) && !aliases.includes(word));
  const parts = others.flatMap((path) => path.split('.')).filter((part) => !/^\d+$/.test(part));
  expect(parts.filter((part) => !known.has(part))).toEqual([]);
});
