module.exports = {
  testEnvironment: 'node',
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  // As in the programs that the tests start: `test/support/service-resources.ts` says why.
  moduleNameMapper: { '/src/resources/resources$': '<rootDir>/../test/support/service-resources.ts' },
  transform: { '\\.ts$': 'ts-jest' },
  restoreMocks: true,
};
