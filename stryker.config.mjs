const folder = process.env.MUTATION_FOLDER ?? 'auth';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'jest',
  // Related tests would be looked for among the files of the tests' folder alone: those that reach a file through another were left out.
  jest: { configFile: 'jest.mutation.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  mutate: [`src/${folder}/**/*.ts`],
  // From the root: `src/docs` is needed.
  ignorePatterns: ['/bench', '/coverage', '/dist', '/examples', '/infra', '/onboarding', '/.local'],
  tempDirName: 'coverage/mutation/.tmp',
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  htmlReporter: { fileName: `coverage/mutation/${folder}.html` },
  jsonReporter: { fileName: `coverage/mutation/${folder}.json` },
  // Every mutant of src/auth is killed, or has its reason in stryker.argued.json, which a script checks after this.
  thresholds: { high: 100, low: 90, break: null },
};
