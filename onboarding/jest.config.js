module.exports = {
  testEnvironment: 'node',
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  transform: { '\\.ts$': 'ts-jest' },
  restoreMocks: true,
};
