const { availableParallelism } = require('node:os');

module.exports = {
  testEnvironment: 'node',
  // The longest tests wait most of the time: for polls, time-outs and other processes.
  maxWorkers: availableParallelism() + 4,
  // Nothing is timed: on a busy machine, starting an API with a database of its own takes longer than the usual five seconds.
  testTimeout: 30_000,
  roots: ['<rootDir>/test'],
  // `npm run test:process` and `npm run test:docs` run these.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(process|endurance|pages)/'],
  transform: { '\\.ts$': 'ts-jest' },
  // To generate a key takes 0.2 s: the test run makes some, which user pools begin with. Those that they rotate to are new.
  moduleNameMapper: { '^(\\.|.*/emulator/store)/signing-key$': '<rootDir>/test/support/signing-keys.ts' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  restoreMocks: true,
  // These are tested in processes of their own, which Jest does not count.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/{main,on-stop-signal}.ts',
    '!src/database/migrate.ts',
    '!src/docs/samples/**',
    '!src/observability/open-telemetry.ts',
  ],
  coverageReporters: ['text', 'lcov'],
  coverageThreshold: {
    global: { lines: 95, branches: 95 },
    'src/auth/': { lines: 100, branches: 100 },
  },
};
