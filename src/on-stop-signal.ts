import { constants } from 'node:os';

let handle: (signal: 'SIGTERM' | 'SIGINT') => void = (signal) =>
  process.exit(128 + constants.signals[signal]);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => handle(signal));

/**
 * Decides what SIGTERM and SIGINT do, which otherwise end the process, with the exit code of a shell.
 *
 * They are caught as soon as this module is loaded. The kernel drops a signal to process 1 of a container that has no
 * handler for it: one that comes while the rest of the program is loading would be lost. Node calls a handler only when
 * the program has been loaded, so the one that is set by then gets it.
 */
export function onStopSignal(handler: typeof handle): void {
  handle = handler;
}
