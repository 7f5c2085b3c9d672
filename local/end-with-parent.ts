// Loaded into each child before its own program. When the parent is killed and so cannot stop its children, the channel
// between them closes. The child then kills itself and its descendants. An orderly end could block: its output is no
// longer read.
const ownProcessGroup = 0;
process.once('disconnect', () => process.kill(ownProcessGroup, 'SIGKILL'));
// The listener must not keep an otherwise idle child alive.
process.channel?.unref();
// Node passes its options on to forked processes, in which this file would watch another channel.
process.execArgv = [];
