module.exports = {
  testEnvironment: 'node',
  maxWorkers: '100%',
  // `npm run test:settings` runs these.
  testPathIgnorePatterns: ['/node_modules/', '/every-setting'],
  roots: ['<rootDir>/test'],
  transform: { '\\.ts$': 'ts-jest' },
  restoreMocks: true,
};
