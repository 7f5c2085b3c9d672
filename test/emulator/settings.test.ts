import { readEmulatorSettings } from '../../emulator/settings';

const original = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001';
const updated = 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001';

it.each([
  [{}, 'ORIGINAL'],
  [{ COGNITO_ISSUER: original }, 'ORIGINAL'],
  [{ COGNITO_ISSUER: updated }, 'UPDATED'],
])('the environment %j selects the issuer %s', (env, issuer) => {
  expect(readEmulatorSettings(env).seeds.issuer).toBe(issuer);
});

it.each(['us-gov-west-1_Local0001', 'eusc-de-east-1_Local0001'])('the user pool id %s is accepted', (id) => {
  expect(readEmulatorSettings({ COGNITO_USER_POOL_ID: id }).seeds.poolId).toBe(id);
});

it.each([
  [{ COGNITO_USER_POOL_ID: 'local_x' }, '"local_x" is not a user pool id'],
  [{ COGNITO_ISSUER: original.replace('central', 'west') }, 'The issuer of'],
  [{ LOCAL_CLIENT_ID: 'Not an id' }, 'LOCAL_CLIENT_ID'],
  [{ LOCAL_CLIENT_SECRET: 'too-short-for-a-secret!' }, 'LOCAL_CLIENT_SECRET'],
  [{ LOCAL_WEB_CLIENT_ID: 'Not an id' }, 'LOCAL_WEB_CLIENT_ID'],
  [{ LOCAL_USER_PASSWORD: 'short' }, 'LOCAL_USER_PASSWORD'],
])('the environment %j is refused', (env, message) => {
  expect(() => readEmulatorSettings(env)).toThrow(message);
});
