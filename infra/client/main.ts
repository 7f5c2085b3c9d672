import { run } from './run';

// It would speak at every command of releases to come; the lockfile holds one that runs on this Node.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

void run(process.argv.slice(2), process).then((exitCode) => {
  process.exitCode = exitCode;
});
