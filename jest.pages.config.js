const { availableParallelism } = require('node:os');
const base = require('./jest.config.js');

/** The tests of the pages and samples, which need a browser, Python and the example's packages. */
module.exports = {
  ...base,
  // Each has a browser, or starts programs.
  maxWorkers: 2 * availableParallelism(),
  roots: ['<rootDir>/test/pages'],
  testPathIgnorePatterns: ['/node_modules/'],
  coverageThreshold: {},
};
