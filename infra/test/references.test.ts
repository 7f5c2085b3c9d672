import { REQUIRED, templates } from './support/templates';

test('the service stack imports the user pool, which can then be neither deleted nor replaced', () => {
  const { service } = templates();
  const imports = new Set(JSON.stringify(service.toJSON()).match(/Fn::ImportValue":"[^"]*UserPool/g));
  expect([...imports]).toHaveLength(1);
});

test('the service stack changes with the prefix of the token endpoint', () => {
  const [generated, one, another] = [undefined, 'one', 'another'].map((domainPrefix) => {
    const { service } = templates({ ...REQUIRED, ...(domainPrefix && { domainPrefix }) });
    return JSON.stringify(service.toJSON());
  });
  expect(new Set([generated, one, another]).size).toBe(3);
  expect(another).toContain('https://another.auth.');
});
