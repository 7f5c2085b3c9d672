/** Writes to standard error, when the process ends, how many files of OpenTelemetry's SDK it has loaded. prom-client loads its API. */
process.on('exit', () => {
  const files = Object.keys(require.cache).filter((path) => /@opentelemetry\/(?!api\/)/.test(path));
  process.stderr.write(`OpenTelemetry files: ${files.length}\n`);
});
