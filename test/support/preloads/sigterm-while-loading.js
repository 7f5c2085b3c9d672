const Module = require('node:module');

const load = Module._load;

/** Sends the process a signal when it comes to the first package that it loads. */
Module._load = function (name, ...rest) {
  if (name === 'pino') {
    Module._load = load;
    process.kill(process.pid, 'SIGTERM');
  }
  return load.call(this, name, ...rest);
};
