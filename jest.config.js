module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: { '\\.ts$': 'ts-jest' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  restoreMocks: true,
};
