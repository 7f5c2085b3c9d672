import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../emulator/support/seeded-emulator';
import { describeWith, ROOT, runProgram } from '../support/programs';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';

// Each call of the command line takes half a second, and several times that while other tests run.
jest.setTimeout(120_000);

// Debian's, which is of version 2, comes first: version 1 takes an identifier that is a URL for one to fetch.
const PATH = `/usr/bin:${process.env['PATH']}`;
const probe = ['bash', '-c', `PATH=${PATH} aws --version | grep '^aws-cli/2'`] as const;

/** The commands of the guide that are for a shell, apart from those of the onboarding command line. */
const guide = [...readFileSync(join(ROOT, 'docs/cognito.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)]
  .map(([, commands = '']) => commands)
  .filter((commands) => !commands.startsWith('npm '));
const callsApi = (commands: string) => commands.includes('$API_URL');
const call = guide.findIndex(callsApi);
/** The scope that the guide gives its client. */
const [, SCOPE] = /--allowed-o-auth-scopes (\S+)/.exec(guide.join(''))!;

let emulator: Emulator;
let database: TestDatabase;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  [emulator, database] = await Promise.all([startEmulator(), testDatabase()]);
});

afterAll(async () => {
  await service?.kill();
  await Promise.all([emulator.stop(), database.drop()]);
});

/** Runs commands with the settings of the guide, against the emulator of the test. */
async function run(commands: string, variables: Record<string, string> = {}): Promise<string> {
  const script = `${guide[0]}${commands}`.replaceAll('http://127.0.0.1:4000', emulator.url);
  const { code, stdout, stderr } = await runProgram(['bash', '-euo', 'pipefail', '-c', script], {
    PATH,
    ...variables,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

describeWith(probe)('with the AWS CLI', () => {
  it('the guide leads from a user pool to a call of the API, and cleans up', async () => {
    const names = ['POOL', 'CLIENT', 'SECRET', 'TOKEN'] as const;
    const shown = names.map((name) => `"$${name}"`).join(' ');
    const output = await run(`${guide.slice(1, call).join('')}printf '%s\\n' ${shown}`);
    const values = output.split('\n').slice(-names.length);
    const made = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    const { POOL, CLIENT } = made as Record<(typeof names)[number], string>;
    expect(POOL).toMatch(/^eu-central-1_[A-Za-z0-9]{9}$/);

    service = new ServiceProcess(
      serviceEnvironment({
        COGNITO_USER_POOL_ID: POOL,
        COGNITO_CLIENT_IDS: CLIENT,
        RESOURCE_SERVER_IDENTIFIER: 'https://api.example.com',
        COGNITO_JWKS_URI: `${emulator.url}/${POOL}/.well-known/jwks.json`,
        DATABASE_URL: database.url,
      }),
    );
    await service.readiness('ok');
    const answer = await run(guide[call]!, { ...made, API_URL: await service.url() });
    expect(JSON.parse(answer)).toMatchObject({
      clientId: CLIENT,
      scopes: [SCOPE],
    });

    await run(guide[call + 1]!, made);
    expect(emulator.store.findUserPool(POOL)).toBeUndefined();
  });

  it('a list comes page after page without being asked for', async () => {
    const { id, clients } = emulator.pool();
    const ids = await run(
      `cognito list-user-pool-clients --user-pool-id ${id} --page-size 1 --query 'UserPoolClients[].ClientId'`,
    );
    expect(ids.split(/\s+/)).toEqual(clients.map(({ clientId }) => clientId));
  });

  it.each([
    [
      'list-groups --user-pool-id eu-central-1_Local0001',
      /UnknownOperationException.* does not support .*ListGroups/,
    ],
    ['describe-user-pool --user-pool-id eu-central-1_Nothing01', /ResourceNotFoundException/],
  ])('%s is refused by name', async (command, error) => {
    await expect(run(`cognito ${command}`)).rejects.toThrow(error);
  });
});
