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
    userPoolDomain: true,
    kmsKeyArn: undefined,
    image: undefined,
    delivery: undefined,
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

describe('stages', () => {
  const stages = {
    staging: { name: 'staging', domainName: 'api.staging.example.com' },
    production: { name: 'production', domainName: 'api.example.com' },
  };
  const shared = { certificateArn: REQUIRED.certificateArn, alarmEmail: 'operator@example.com', stages };

  test('add their own settings to the shared ones', () => {
    expect(read({ ...shared, stage: 'staging' })).toMatchObject({
      ...stages.staging,
      alarmEmail: 'operator@example.com',
    });
    expect(read({ ...shared, stage: 'production' })).toMatchObject(stages.production);
  });

  test.each([
    ['without one chosen', shared, /stage: expected one of staging, production/],
    ['with an unknown one', { ...shared, stage: 'prod' }, /stage: expected one of staging, production/],
    ['without any', { ...REQUIRED, stage: 'staging' }, /stage: expected one of the names in stages/],
    [
      'with a mistyped setting',
      { ...shared, stages: { staging: { nmae: 'x' } }, stage: 'staging' },
      /nmae: not a/,
    ],
  ])('are refused %s', (_, context, problem) => {
    expect(() => read(context)).toThrow(problem);
  });
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
  [
    'an image without its digest',
    { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/api:1' },
    /image: expected/,
  ],
  [
    'a repository with one id of two',
    { githubRepository: 'example@123456/api' },
    /githubRepository: expected/,
  ],
  ['a branch without a repository', { githubBranch: 'main' }, /githubBranch: expected only with/],
  [
    'a domain prefix without a domain',
    { userPoolDomain: 'false', domainPrefix: 'example' },
    /domainPrefix: expected only with/,
  ],
  [
    'users who sign in without a domain',
    { userPoolDomain: 'false', interactiveClient: 'true', callbackUrls: 'https://app.example.com' },
    /interactiveClient: expected only with/,
  ],
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
