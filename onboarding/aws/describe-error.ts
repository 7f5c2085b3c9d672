import { CommandError } from '../command-error';

/** Name of an error of AWS or the SDK ▶ what it means for an operator, and the fix. */
const KNOWN: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'No AWS credentials were found: set AWS_PROFILE or log in (aws sso login); for the emulator, give --local.',
  ExpiredToken: 'The AWS credentials have expired: get new ones (aws sso login) and run the command again.',
  InvalidCredentials:
    'AWS rejects these credentials: check AWS_PROFILE and AWS_ACCESS_KEY_ID, or log in again (aws sso login).',
  Throttled: 'AWS refuses so many requests at once: run the command again in a minute.',
  TimeoutError: 'AWS did not answer in time: check the network, then run the command again.',
};

const ALIASES: Readonly<Record<string, keyof typeof KNOWN>> = {
  ExpiredTokenException: 'ExpiredToken',
  TokenRefreshRequired: 'ExpiredToken',
  UnrecognizedClientException: 'InvalidCredentials',
  InvalidClientTokenId: 'InvalidCredentials',
  InvalidSignatureException: 'InvalidCredentials',
  ThrottlingException: 'Throttled',
  TooManyRequestsException: 'Throttled',
  AbortError: 'TimeoutError',
};

/** Whether AWS refused a call, so that it had no effect. After any other error that is not known. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && '$fault' in error && error.$fault === 'client';
}

/** Describes any error in one sentence, with the fix where it is known and without a stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError) return error.message;
  const unreachable = connectionErrorOf(error);
  if (unreachable)
    return `AWS cannot be reached (${unreachable}): check the network, --region and AWS_ENDPOINT_URL; with --local, \`npm run local\` must be running.`;
  if (error.message.includes('Region is missing'))
    return 'No AWS Region is set: give --region or set AWS_REGION.';
  if (/^(AccessDenied|NotAuthorized)/.test(error.name)) return describeAccessDenied(error.message);
  const known = KNOWN[ALIASES[error.name] ?? error.name];
  return known ?? `${error.name}: ${error.message.replaceAll(/\s+/g, ' ').trim()}`;
}

function describeAccessDenied(message: string): string {
  const action = /perform: ([\w-]+:\w+)/.exec(message)?.[1];
  if (!action) return `AWS denies access: ${message}`;
  return `You may not call ${action}: have it added to your IAM policy (onboarding/README.md has one for operators).`;
}

/** The system's code and the address, such as `ECONNREFUSED 127.0.0.1:4000`, if no connection was made. */
function connectionErrorOf(error: Error): string | undefined {
  const { code, address, port, hostname } = (
    error instanceof AggregateError ? error.errors[0] : error
  ) as NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };
  if (!/^(ECONN|ENOTFOUND|EHOST|ENET|EAI_AGAIN|ETIMEDOUT)/.test(code ?? '')) return undefined;
  const where = hostname ?? (address && `${address}:${String(port)}`);
  return [code, where].filter(Boolean).join(' ');
}
