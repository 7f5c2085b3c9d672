import type { UserPool } from '../../store/state';
import { AwsError } from '../aws-error';

/** @throws AwsError `InvalidPasswordException` that lists what the pool's policy requires and the password lacks */
export function checkPassword({ passwordPolicy }: UserPool, password: string): void {
  const { minimumLength, requireLowercase, requireUppercase, requireNumbers, requireSymbols } =
    passwordPolicy;
  const missing = [
    password.length < minimumLength && `at least ${minimumLength} characters`,
    requireLowercase && !/[a-z]/.test(password) && 'a lower-case letter',
    requireUppercase && !/[A-Z]/.test(password) && 'an upper-case letter',
    requireNumbers && !/[0-9]/.test(password) && 'a digit',
    requireSymbols && !/[^A-Za-z0-9]/.test(password) && 'a symbol',
  ].filter((rule) => rule !== false);
  if (missing.length === 0) return;
  throw new AwsError(
    'InvalidPasswordException',
    `Password did not conform with policy: it needs ${missing.join(', ')}.`,
  );
}
