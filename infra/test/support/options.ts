/** A value for each optional setting that goes with all others. */
export const OPTIONS = {
  name: 'staging',
  domainPrefix: 'example',
  resourceServerIdentifier: 'api',
  hostedZoneId: 'Z0123456789ABC',
  interactiveClient: 'true',
  implicitGrant: 'true',
  callbackUrls: 'https://app.example.com/callback',
  jwtValidation: 'true',
  deletionProtection: 'false',
  clientIdsImported: 'true',
  operatorCidrs: '192.0.2.0/24',
  userPoolWaf: 'true',
  githubRepository: 'example/api',
  pullAccounts: '444455556666',
  alarmEmail: 'operator@example.com',
};
