// Loaded into each subject before its own program, which knows nothing of it.
const answers: Readonly<Record<string, () => unknown>> = {
  /** Processor time and memory of this process so far. */
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() };
  },
};

process.on('message', (question: string) => {
  const answer = answers[question];
  if (answer) process.send?.(answer());
});
process.on('disconnect', () => process.exit());
// Listening must not keep a subject alive that has nothing else to do.
process.channel?.unref();
