// Imported before everything that needs these packages: `npm ci` at the root of the project does not install them.
try {
  require.resolve('@aws-sdk/client-cognito-identity-provider');
} catch {
  process.stderr.write(
    'The packages of the command line are not installed. Run this once: npm ci --prefix onboarding\n',
  );
  process.exit(1);
}
