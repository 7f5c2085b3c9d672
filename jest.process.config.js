const base = require('./jest.config.js');

/** The tests of the real process, those that take long included. */
module.exports = {
  ...base,
  roots: ['<rootDir>/test/process', '<rootDir>/test/endurance'],
  testPathIgnorePatterns: ['/node_modules/'],
  coverageThreshold: {},
};
