module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: { '\\.ts$': 'ts-jest' },
  restoreMocks: true,
};
