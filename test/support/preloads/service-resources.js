// Puts the resources of `service-resources.ts` in the place of the project's, in TypeScript that runs without a build.
const Module = require('node:module');

const listOfProject = require.resolve('../../../src/resources/resources.ts');
const listOfTests = require.resolve('../service-resources.ts');
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = (...request) => {
  const path = resolveFilename.apply(Module, request);
  return path === listOfProject ? listOfTests : path;
};
