process.on('SIGUSR2', () => {
  throw new Error('planted');
});
