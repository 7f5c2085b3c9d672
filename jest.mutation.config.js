const base = require('./jest.config.js');

/** The tests of one folder of `src`, as Stryker runs them: without types, which a mutant may break. */
const folder = process.env.MUTATION_FOLDER ?? 'auth';
const { globalSetup, globalTeardown, ...rest } = base;
const needsServers = !['auth', 'config'].includes(folder);

module.exports = {
  ...rest,
  ...(needsServers && { globalSetup, globalTeardown }),
  roots: [`<rootDir>/test/${folder}`],
  testPathIgnorePatterns: ['/node_modules/', '\\.fuzz\\.test\\.ts$'],
  transform: { '\\.ts$': ['ts-jest', { diagnostics: false }] },
  coverageThreshold: {},
};
