const { availableParallelism } = require('node:os');
const base = require('./jest.config.js');

/** The tests of the real process, those that take long included. */
module.exports = {
  ...base,
  // Each has processes of its own.
  maxWorkers: 2 * availableParallelism(),
  roots: ['<rootDir>/test/process', '<rootDir>/test/endurance'],
  testPathIgnorePatterns: ['/node_modules/'],
  coverageThreshold: {},
};
