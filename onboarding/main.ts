import './assert-installed';
import { run } from './run';

// Otherwise the SDK warns at every command about releases to come; the lockfile pins one that runs on this Node.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

void run(process.argv.slice(2), process).then((exitCode) => {
  process.exitCode = exitCode;
});
