import { z } from 'zod';
import { AwsError } from './aws-error';
import type { Operation, Service } from './operation';

/**
 * Reads the input of a call.
 *
 * @throws AwsError `SerializationException` for input that is not JSON or has members of another type; the service's
 * own validation error for a violated constraint. No message repeats the input, which may hold a secret.
 */
export function readInput(
  text: string,
  name: string,
  { input }: Operation,
  { validationError }: Service,
): never {
  const body = parseJson(text);
  const checked = input.safeParse(body, { reportInput: true });
  if (checked.success) return checked.data as never;
  const { issues } = checked.error;
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      throw new AwsError(
        validationError,
        `The emulator does not support ${issue.keys.join(', ')} of ${name}.`,
      );
    }
    if (issue.code === 'custom' && issue.params?.['supported'] !== undefined) {
      const supported = String(issue.params['supported']);
      throw new AwsError(
        validationError,
        `In ${name}, the emulator supports only ${supported} as ${issue.path.join('.')}.`,
      );
    }
    if (issue.code === 'invalid_type' && issue.input !== undefined && issue.input !== null) {
      throw new AwsError('SerializationException', `${member(issue.path)} is not of type ${issue.expected}`);
    }
  }
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  throw new AwsError(validationError, `${count}: ${issues.map(describe).join('; ')}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const inList = typeof issue.path.at(-1) === 'number';
  const at = member(inList ? issue.path.slice(0, -1) : issue.path);
  const rule = inList ? `Member must satisfy constraint: [${ruleOf(issue)}]` : ruleOf(issue);
  return `Value at '${at}' failed to satisfy constraint: ${rule}`;
}

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'Member must not be null';
    case 'invalid_value':
      return issue.input === undefined
        ? 'Member must not be null'
        : `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern?.replace(anchored, '$1')}`;
    case 'too_small':
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const measure = (origin: string) => (['string', 'array'].includes(origin) ? 'length' : 'value');

/** A member in the notation of the services: `scopes.1.member.scopeName`. */
function member(path: PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `${part + 1}.member` : lowerFirst(String(part))))
    .join('.');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** A pattern in an issue, as `text` builds it. */
const anchored = /^\/\^\(\?:(.*)\)\$\/u$/;

/** Restricts a member to the one value that the emulator supports. Other values, which AWS accepts, are refused by name. */
export function only<Value extends string>(member: z.ZodType<Value>, supported: Value) {
  return member.refine((value) => value === supported, { params: { supported } });
}

/** A string member. The patterns of the API reference apply to the whole value. */
export function text(min: number, max: number, pattern?: RegExp) {
  const bounded = z.string().min(min).max(max);
  return pattern ? bounded.regex(new RegExp(`^(?:${pattern.source})$`, 'u')) : bounded;
}
