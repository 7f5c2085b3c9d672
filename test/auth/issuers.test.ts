import { issuersOf, regionOf } from '../../src/auth/issuers';

it.each([
  ['eu-central-1_AbCdEf123', 'eu-central-1'],
  ['us-gov-west-1_a', 'us-gov-west-1'],
  ['eusc-de-east-1_0', 'eusc-de-east-1'],
])('the Region of %s is %s', (userPoolId, region) => {
  expect(regionOf(userPoolId)).toBe(region);
});

it('a user pool has two issuers', () => {
  expect(issuersOf('eu-central-1_AbCdEf123')).toEqual({
    original: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
    updated: 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
  });
});
