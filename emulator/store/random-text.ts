import { randomInt } from 'node:crypto';

/** Ids and secrets as Cognito makes them: lower-case letters and digits, at random. */
export function randomText(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
