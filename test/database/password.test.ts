import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, type DatabaseOptions } from '../../src/database/database';
import { DatabaseUnavailableError } from '../../src/database/errors';
import { passwordOption } from '../../src/database/password';
import { administer, testDatabase, type TestDatabase } from '../support/test-database';

const ROLE = `role_${process.pid}`;
const role = { host: 'db.eu-central-1.rds.amazonaws.com', port: 5432, user: 'api' };

describe('a password in a file', () => {
  let directory: string;
  let file: string;
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'password-'));
    file = join(directory, 'password');
    test = await testDatabase();
    await administer(`CREATE ROLE ${ROLE} LOGIN`);
  });

  beforeEach(async () => {
    await administer(`ALTER ROLE ${ROLE} PASSWORD 'first'`);
    const { hostname: host, port } = new URL(test.url);
    const server: DatabaseOptions['server'] = {
      host,
      port: Number(port),
      database: test.name,
      user: ROLE,
      password: { file },
    };
    database = new Database({ server, ca: undefined, poolSize: 1, log: { warn: () => undefined } });
  });

  afterEach(() => database.close());

  afterAll(async () => {
    await test.drop();
    await administer(`DROP ROLE ${ROLE}`);
    rmSync(directory, { recursive: true });
  });

  async function connectedAs(): Promise<string> {
    const [row] = await database.query<{ user: string }>('SELECT current_user AS user');
    return row!.user;
  }

  it.each(['first', 'first\n', 'first\r\n'])('is its text without the line end: %j', async (content) => {
    writeFileSync(file, content);
    expect(await connectedAs()).toBe(ROLE);
  });

  it('is tried again where the server has not changed it yet', async () => {
    writeFileSync(file, 'second');
    const connecting = connectedAs();
    await administer(`ALTER ROLE ${ROLE} PASSWORD 'second'`);
    expect(await connecting).toBe(ROLE);
  });

  it.each(['', '\n'])('is read again where the file is being written, and has so far %j', async (content) => {
    writeFileSync(file, 'first');
    const reading = jest.spyOn(promises, 'readFile').mockResolvedValueOnce(content);
    expect(await connectedAs()).toBe(ROLE);
    expect(reading).toHaveBeenCalledTimes(2);
  });

  it.each(['', 'wrong-secret', 'fir\nst', 'first\n\n'])(
    'leaves the database unavailable where it stays wrong, and its text in no error: %j',
    async (wrong) => {
      writeFileSync(file, wrong);
      const failure: unknown = await connectedAs().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DatabaseUnavailableError);
      if (wrong) expect(JSON.stringify(failure) + String((failure as Error).cause)).not.toContain(wrong);
    },
  );

  it('leaves the database unavailable where the file is gone', async () => {
    rmSync(file);
    await expect(connectedAs()).rejects.toThrow(DatabaseUnavailableError);
  });
});

describe('an IAM token', () => {
  const environment = process.env;

  beforeEach(() => {
    process.env = {
      ...environment,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-test',
    };
  });

  afterEach(() => {
    process.env = environment;
  });

  it('is signed for the role, the endpoint and the Region, and not with the secret in it', async () => {
    const password = passwordOption({ iamRegion: 'eu-central-1' }, role) as () => Promise<string>;
    const token = await password();
    const url = new URL(`https://${token}`);
    expect(url.host).toBe(`${role.host}:${role.port}`);
    expect(url.searchParams.get('Action')).toBe('connect');
    expect(url.searchParams.get('DBUser')).toBe('api');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^AKIAEXAMPLE\/\d{8}\/eu-central-1\/rds-db\//);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(token).not.toContain('secret-of-the-test');
  });
});

it('a password that is a text is given as it is', () => {
  expect(passwordOption('text', role)).toBe('text');
  expect(passwordOption(undefined, role)).toBeUndefined();
});
