const { availableParallelism } = require('node:os');

module.exports = {
  testEnvironment: 'node',
  // Most commands wait until a change is in force.
  maxWorkers: 2 * availableParallelism(),
  roots: ['<rootDir>/test'],
  // As in the programs that the tests start: `test/support/service-resources.ts` says why.
  moduleNameMapper: { '/src/resources/resources$': '<rootDir>/../test/support/service-resources.ts' },
  transform: { '\\.ts$': 'ts-jest' },
  restoreMocks: true,
};
