const base = require('./jest.config.js');

/** The tests of the pages and samples, which need a browser, Python and the example's packages. */
module.exports = {
  ...base,
  roots: ['<rootDir>/test/pages'],
  testPathIgnorePatterns: ['/node_modules/'],
  coverageThreshold: {},
};
