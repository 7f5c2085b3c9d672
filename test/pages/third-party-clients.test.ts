import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalRun, startLocalRun } from '../support/local-run';
import { describeWith, pythonWith, ROOT, runProgram } from '../support/programs';

// Starting everything takes some seconds.
jest.setTimeout(60_000);

const EXAMPLE = 'examples/third-party';
const python = pythonWith('requests_oauthlib');
const isInstalled = (name: string) =>
  [
    process.execPath,
    '-e',
    `require.resolve(${JSON.stringify(join(ROOT, EXAMPLE, 'node_modules', name))})`,
  ] as const;

let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(() => local.stop());

/** Clients that others have written, each run by a script that knows nothing but what `/openapi.json` says. */
const clients: readonly (readonly [
  string,
  readonly [string, ...string[]],
  readonly [string, ...string[]],
])[] = [
  [
    'openid-client',
    [...isInstalled('openid-client')],
    [process.execPath, `${EXAMPLE}/other-clients/openid_client.mjs`],
  ],
  [
    'requests-oauthlib',
    [python, '-c', 'import requests_oauthlib'],
    [python, `${EXAMPLE}/other-clients/requests_oauthlib_client.py`],
  ],
];

describe.each(clients)('%s', (label, probe, command) => {
  describeWith(probe)('with the client id, the secret and /openapi.json', () => {
    it('gets a token with the scopes of an operation, and calls it', async () => {
      const { apiUrl, clientId, clientSecret } = local.client;
      const environment = { API_URL: apiUrl, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
      const list = await runProgram([...command, 'listThings'], environment);
      const creation = await runProgram([...command, 'createThing', JSON.stringify({ label })], environment);
      expect([list, creation]).toEqual([
        { code: 0, stdout: 'listThings https://api.example.com/things.read 200\n', stderr: '' },
        { code: 0, stdout: 'createThing https://api.example.com/things.write 201\n', stderr: '' },
      ]);
    });
  });
});

describeWith([...isInstalled('openapi-fetch')])('the typed example', () => {
  it('prints what its client may do', async () => {
    const environment = { CLIENT_FILE: local.clientFile };
    const { code, stdout } = await runProgram(['npm', '--prefix', EXAMPLE, '--silent', 'start'], environment);
    expect(code).toBe(0);
    for (const scope of local.client.scopes) expect(stdout).toContain(`  ${scope}\n`);
  });
});

describeWith([...isInstalled('openapi-generator-plus')])(
  'a Java client that openapi-generator-plus makes',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'java-client-'));
    const source = (name: string) => readFileSync(join(directory, name), 'utf8');
    const sources = () =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.java'));

    beforeAll(async () => {
      const configuration = {
        inputPath: join(ROOT, 'docs/openapi.json'),
        outputPath: directory,
        generator: join(ROOT, EXAMPLE, 'node_modules/@openapi-generator-plus/java-cxf-client-generator'),
        package: 'com.example.api',
      };
      const file = join(directory, 'configuration.json');
      writeFileSync(file, JSON.stringify(configuration));
      const generator = join(EXAMPLE, 'node_modules/.bin/openapi-generator-plus');
      expect(await runProgram([generator, '-c', file])).toMatchObject({ code: 0, stderr: '' });
    });

    afterAll(() => rmSync(directory, { recursive: true }));

    it('has a method for each operation', () => {
      const { paths } = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8')) as {
        paths: Record<string, Record<string, { operationId: string }>>;
      };
      const operations = Object.values(paths).flatMap((methods) =>
        Object.values(methods).map(({ operationId }) => operationId),
      );
      const methods = sources()
        .filter((name) => /^com\/example\/api\/\w+Api\.java$/.test(name))
        .flatMap((name) => [...source(name).matchAll(/^\t\S+ (\w+)\(.*?\) throws/gm)])
        .map(([, method = '']) => method);
      expect(methods.sort()).toEqual(operations.sort());
    });

    it('has the members of an error', () => {
      for (const member of ['getCode()', 'getDetail()', 'getRequestId()', 'getErrors()'])
        expect(source('com/example/api/model/Problem.java')).toContain(member);
    });

    describeWith(['javac', '--version'], { optional: true })('whose files', () => {
      it('are Java', async () => {
        const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.java'))
          .map((name) => join(directory, name));
        expect(files.length).toBeGreaterThan(10);
        expect(await runProgram(['java', 'test/support/ParseJava.java', ...files])).toEqual({
          code: 0,
          stdout: '',
          stderr: '',
        });
      });
    });
  },
);
