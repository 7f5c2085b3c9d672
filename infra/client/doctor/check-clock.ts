import { describeDuration } from '../table';
import { timeOf } from '../token';
import type { Facts } from './facts';
import { ok, problem, skipped, type Verdict } from './verdict';

/** How far clocks may be apart, in seconds: the API takes no token from further in the future. */
const CLOCK_TOLERANCE = 5;

/** Whether the clocks of this machine, the API and Cognito agree. */
export function checkClock({ api, grant, token }: Facts): Verdict {
  const cognitoAhead = grant?.issuedAt === undefined ? futureOf(token) : grant.issuedAt - grant.requestedAt;
  const clocks = [
    { of: 'this machine', ahead: 0 },
    ...(api.reachable ? [{ of: 'the API', ahead: api.clockOffset }] : []),
    ...(cognitoAhead === undefined ? [] : [{ of: 'Amazon Cognito', ahead: cognitoAhead }]),
  ];
  if (clocks.length === 1) return skipped('there is neither an API nor a token to compare clocks with');
  const apartFrom = (clock: Clock) =>
    clocks.filter(({ ahead }) => Math.abs(ahead - clock.ahead) > CLOCK_TOLERANCE);
  const wrong = clocks.filter((clock) => apartFrom(clock).length === clocks.length - 1);
  if (wrong.length === 0) return ok(`the clocks agree: ${clocks.map((clock) => clock.of).join(', ')}`);
  return problem(
    `seen from this machine, ${clocks.slice(1).map(describeClock).join(' and ')}`,
    `Set by NTP the clock of ${wrong.map((clock) => clock.of).join(' or ')}; Cognito's own is right, unless it is the stand-in's.`,
  );
}

interface Clock {
  readonly of: string;
  /** Seconds; as exact as a Date header. */
  readonly ahead: number;
}

function describeClock({ of, ahead }: Clock): string {
  const seconds = Math.round(ahead);
  return `the clock of ${of} is ${describeDuration(Math.abs(seconds))} ${seconds < 0 ? 'behind' : 'ahead'}`;
}

/** How far in the future a token was issued; `undefined` where it was not. */
function futureOf(token: Facts['token']): number | undefined {
  const ahead = token === undefined || token === 'malformed' ? 0 : timeOf(token, 'iat') - Date.now() / 1000;
  return ahead > CLOCK_TOLERANCE ? ahead : undefined;
}
