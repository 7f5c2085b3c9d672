import { App } from 'aws-cdk-lib';
import { readSettings } from '../settings';
import { REQUIRED } from './support/templates';

const read = (context: Record<string, unknown>) => readSettings(new App({ context }).node);

test('have defaults for everything optional', () => {
  expect(read(REQUIRED)).toEqual({
    ...REQUIRED,
    name: 'cognito-resource-server',
    hostedZoneId: undefined,
    resourceServerIdentifier: 'https://api.example.com',
    domainPrefix: undefined,
    interactiveClient: undefined,
    jwtValidation: false,
    deletionProtection: true,
    clientIdsImported: false,
    operatorCidrs: [],
    userPoolWaf: false,
    alarmEmail: undefined,
  });
});

test('accept flags from the command line and from files', () => {
  expect(read({ ...REQUIRED, jwtValidation: 'true' }).jwtValidation).toBe(true);
  expect(read({ ...REQUIRED, jwtValidation: true }).jwtValidation).toBe(true);
});

test('accept networks of both versions of IP', () => {
  const operatorCidrs = '192.0.2.0/24,2001:db8::/32';
  expect(read({ ...REQUIRED, operatorCidrs }).operatorCidrs).toEqual(operatorCidrs.split(','));
});

test('list everything that is missing', () => {
  expect(() => read({})).toThrow(/domainName: missing.*\n.*certificateArn: missing/);
});

test('need no certificate with a hosted zone that can validate one', () => {
  const settings = read({ domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABC' });
  expect(settings.certificateArn).toBeUndefined();
});

test.each([
  ['a scheme in the domain name', { domainName: 'https://api.example.com' }, /domainName: expected/],
  ['a name that the Parameter Store refuses', { name: 'aws-users' }, /name: expected/],
  ['a domain prefix that Cognito refuses', { domainPrefix: 'my-cognito' }, /domainPrefix: expected/],
  [
    'a flag that is neither true nor false',
    { jwtValidation: 'yes' },
    /jwtValidation: expected true or false/,
  ],
  ['an address without a prefix length', { operatorCidrs: '192.0.2.1' }, /operatorCidrs: expected/],
  ['every address as a network', { operatorCidrs: '0.0.0.0/0' }, /operatorCidrs: expected/],
  ['an unknown setting', { jwtValidatoin: 'true' }, /jwtValidatoin: not a setting/],
  ['an interactive client without callback URLs', { interactiveClient: 'true' }, /callbackUrls: expected/],
  [
    'callback URLs without an interactive client',
    { callbackUrls: 'https://app.example.com' },
    /callbackUrls: expected/,
  ],
  ['an implicit grant without an interactive client', { implicitGrant: 'true' }, /implicitGrant: expected/],
  [
    'a callback URL over plain HTTP',
    { interactiveClient: 'true', callbackUrls: 'https://app.example.com,http://app.example.com' },
    /callbackUrls: expected/,
  ],
  [
    'a callback URL that only starts like localhost',
    { interactiveClient: 'true', callbackUrls: 'http://localhost.example.com/callback' },
    /callbackUrls: expected/,
  ],
])('refuse %s', (_, context, problem) => {
  expect(() => read({ ...REQUIRED, ...context })).toThrow(problem);
});
