// Loaded into each child before its own program. When the parent is killed outright, and so cannot stop its
// children, the channel between them closes; then the child goes as the parent did, with all that it started.
// Not in the ordinary way, which could take for ever: its output has nobody left to read it.
const ownProcessGroup = 0;
process.once('disconnect', () => process.kill(ownProcessGroup, 'SIGKILL'));
// Listening must not keep a child alive that has nothing else to do.
process.channel?.unref();
// Node hands its own options on to what the child forks, where this file would watch another channel.
process.execArgv = [];
