import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { type Fault, type FaultyProxy, faultyProxy } from '../support/faulty-proxy';
import { type LocalRun, startLocalRun, tokenOf } from '../support/local-run';
import { describeWith, pythonWith, runProgram } from '../support/programs';

// Starting everything takes some seconds, and so do the samples that wait for the API to recover.
jest.setTimeout(120_000);

const python = pythonWith('requests');

interface Sample {
  /** As its tab on the page is called. */
  readonly language: string;
  /** What its file is called. */
  readonly names: Readonly<Record<'first-call' | 'call', string>>;
  /** Succeeds where it can be run. */
  readonly probe: readonly [string, ...string[]];
  readonly command: readonly [string, ...string[]];
  /** Makes of it what the command runs. */
  readonly compile?: (text: string) => string;
}

const samples: readonly Sample[] = [
  {
    language: 'curl',
    names: { 'first-call': 'first-call.sh', call: 'call.sh' },
    probe: ['jq', '--version'],
    command: ['bash'],
  },
  {
    language: 'TypeScript',
    names: { 'first-call': 'first-call.mjs', call: 'call.mjs' },
    probe: [process.execPath, '--version'],
    command: [process.execPath],
    // Node 20 does not take the types out by itself.
    compile: (text) =>
      transpileModule(text, {
        compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.ESNext },
      }).outputText,
  },
  {
    language: 'Python',
    names: { 'first-call': 'first_call.py', call: 'call.py' },
    probe: [python, '-c', 'import requests'],
    command: [python],
  },
  {
    language: 'Java',
    names: { 'first-call': 'FirstCall.java', call: 'Call.java' },
    probe: ['java', '--version'],
    // Compiles the file at each start, which takes half as long without optimizing for a long run.
    command: ['java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
  },
];

const labels = Array.from({ length: 250 }, (_, index) => `Thing ${index}.`);

let local: LocalRun;
let proxy: FaultyProxy;
let tokens: FaultyProxy;
let page: string;
let directory: string;

beforeAll(async () => {
  local = await startLocalRun();
  directory = mkdtempSync(join(tmpdir(), 'samples-'));
  const headers = {
    Authorization: `Bearer ${await tokenOf(local.client)}`,
    'Content-Type': 'application/json',
  };
  for (const label of labels) {
    const body = JSON.stringify({ label });
    await fetch(`${local.client.apiUrl}/api/v1/things`, { method: 'POST', headers, body });
  }
  page = await (await fetch(`${local.client.apiUrl}/docs`)).text();
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await local.stop();
});

afterEach(async () => {
  await proxy.close();
  await tokens.close();
});

/** The text of a sample as a person copies it from the first page: `index` counts those of the language. */
function copied(language: string, index: number): string {
  const blocks = [
    ...page.matchAll(
      new RegExp(`data-language="${language}"><pre tabindex="0"><code>([\\s\\S]*?)</code>`, 'g'),
    ),
  ];
  return blocks[index]![1]!.replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');
}

/** Runs a sample from the page against the API and the token endpoint, both seen through proxies. */
async function run(
  { language, names, command, compile }: Sample,
  name: 'first-call' | 'call',
  { faults = [], scopes }: { faults?: readonly (Fault | undefined)[]; scopes?: string } = {},
) {
  const { apiUrl, tokenUrl, clientId, clientSecret } = local.client;
  proxy = await faultyProxy(apiUrl, faults);
  tokens = await faultyProxy(tokenUrl);
  const file = join(directory, names[name]);
  const text = copied(language, name === 'call' ? 1 : 0)
    .replaceAll(new URL(tokenUrl).origin, tokens.url)
    .replaceAll(apiUrl, proxy.url)
    .replaceAll('your client id', clientId)
    .replaceAll('your client secret', clientSecret);
  writeFileSync(file, compile ? compile(text) : `${text}\n`);
  return runProgram([...command, file], {
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ...(scopes && { SCOPE: scopes }),
  });
}

describe.each(samples)('the samples in $language, as the first page has them,', (sample) => {
  describeWith(sample.probe, { optional: sample.language === 'Java' })('run:', () => {
    it('the first call is answered with 200', async () => {
      const { code, stdout } = await run(sample, 'first-call');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('200') });
      expect(stdout).toContain(local.client.clientId);
    });

    it('the program lists all items, with one token', async () => {
      const { code, stdout } = await run(sample, 'call');
      expect(code).toBe(0);
      for (const label of labels) expect(stdout).toContain(label);
      expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
      expect(tokens.requests).toHaveLength(1);
    });

    it('the program gets a new token where the old one is refused, and waits for Retry-After', async () => {
      const faults = [
        { status: 401, code: 'token_expired' },
        undefined,
        { status: 503, headers: { 'Retry-After': '1' } },
      ];
      const begin = performance.now();
      const { code, stdout } = await run(sample, 'call', { faults });
      expect(code).toBe(0);
      for (const label of labels) expect(stdout).toContain(label);
      expect(proxy.requests).toHaveLength(5);
      expect(tokens.requests).toHaveLength(2);
      expect(performance.now() - begin).toBeGreaterThan(1000);
    });

    it.each([
      [503, 'outcome_unknown'],
      [401, 'client_disabled'],
      [401, 'client_not_allowed'],
    ])('the program ends after %d %s, with one token', async (status, refused) => {
      const { code, stderr } = await run(sample, 'call', { faults: [{ status, code: refused }] });
      expect(code).not.toBe(0);
      expect(stderr).toContain(refused);
      expect(proxy.requests).toHaveLength(1);
      expect(tokens.requests).toHaveLength(1);
    });

    it('the program asks for one new token at most, where each is refused', async () => {
      const refused = { status: 401, code: 'invalid_token' };
      const { code } = await run(sample, 'call', { faults: [refused, refused, refused, refused] });
      expect(code).not.toBe(0);
      expect(proxy.requests).toHaveLength(2);
      expect(tokens.requests).toHaveLength(2);
    });
  });
});
