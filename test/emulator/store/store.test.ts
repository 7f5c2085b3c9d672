import { scryptSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSeeded } from '../../../emulator/seed';
import { readEmulatorSettings } from '../../../emulator/settings';
import { verifyPassword } from '../../../emulator/store/password';
import { openStore } from '../../../emulator/store/store';
import { newUser } from '../../../emulator/store/user';
import { newStateFile, openSeeded, seededStateFile } from '../support/seeded-emulator';

const { seeds } = readEmulatorSettings({});

it('the state is in one file that only its owner can read', () => {
  const stateFile = seededStateFile();
  openSeeded(stateFile);
  expect(statSync(stateFile).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(stateFile))).toEqual(['state.json']);
});

it.each([
  ['is cut off', (text: string) => text.slice(0, text.length / 2)],
  ['is empty', () => ''],
  ['has no client list', (text: string) => text.replace('"clients"', '"customers"')],
  ['has a broken key', (text: string) => text.replace('"RSA"', '"EC"')],
  ['has a lifetime that Cognito does not allow', (text: string) => text.replace(': 3600', ': 299')],
])('a state file that %s is neither opened nor overwritten', (_what, damage) => {
  const stateFile = seededStateFile();
  const { clientSecret } = readSeeded(stateFile, seeds).machineClient;
  const damaged = damage(readFileSync(stateFile, 'utf8'));
  writeFileSync(stateFile, damaged);

  const opening = () => openStore(stateFile);
  expect(opening).toThrow(`${stateFile} is damaged`);
  expect(opening).not.toThrow(clientSecret);
  expect(readFileSync(stateFile, 'utf8')).toBe(damaged);
});

it('a state file with the single user pool of an older format is refused with the remedy', () => {
  const stateFile = newStateFile();
  writeFileSync(stateFile, JSON.stringify({ idKey: {}, accessKey: {}, clients: [] }));
  expect(() => openStore(stateFile)).toThrow(/older format.* Move it away/);
});

it('a state file of version 0.1 is opened', () => {
  const stateFile = seededStateFile();
  const { store } = openSeeded(stateFile);
  const passthrough = { PreventUserExistenceErrors: 'ENABLED' };
  const password = {
    salt: '',
    hash: scryptSync('correct', '', 32).toString('base64url'),
    cost: undefined as never,
  };
  store.change(({ userPools: [pool] }) => {
    Object.assign(pool!.clients[0]!, { passthrough });
    pool!.users = [{ ...newUser('ada', {}, 0), password }];
  });
  const text = readFileSync(stateFile, 'utf8');
  writeFileSync(stateFile, text.replaceAll('"passthrough"', '"shownAgain"'));
  const [pool] = openStore(stateFile).state.userPools;
  expect([pool!.passthrough, pool!.clients[0]!.passthrough]).toEqual([{}, passthrough]);
  expect(['correct', 'wrong'].map((given) => verifyPassword(given, pool!.users[0]!.password))).toEqual([
    true,
    false,
  ]);
});

it('a change that fails half-way, or cannot be written, leaves the state as it was', () => {
  const stateFile = seededStateFile();
  const { store } = openSeeded(stateFile);
  const text = readFileSync(stateFile, 'utf8');
  const ids = () => store.state.userPools.map(({ id }) => id);
  const halfWay = () =>
    store.change((state) => {
      state.userPools = [];
      throw new Error('half-way');
    });
  expect(halfWay).toThrow('half-way');
  expect(ids()).toEqual(['eu-central-1_Local0001']);
  expect(readFileSync(stateFile, 'utf8')).toBe(text);

  rmSync(stateFile);
  mkdirSync(stateFile);
  expect(() => store.change((state) => (state.userPools = []))).toThrow();
  expect(ids()).toEqual(['eu-central-1_Local0001']);
});
