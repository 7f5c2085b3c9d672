import { describeDuration } from '../../table';
import { timeOf } from '../../token/decode-token';
import type { DiagnosisContext } from '../diagnosis-context';
import { ok, problem, skipped, type Verdict } from '../verdict';

/** How far clocks may be apart, in seconds: the API takes no token from further in the future. */
const CLOCK_TOLERANCE = 5;

const COGNITO = 'Amazon Cognito';

interface Clock {
  readonly of: string;
  /** How far it is ahead of this machine's, in seconds. */
  readonly ahead: number;
}

/** Whether the clocks of this machine, the API and Cognito agree. */
export function checkClock({ api, grant, token }: DiagnosisContext): Verdict {
  const cognitoAhead = grant?.clockOffset ?? futureOf(token);
  const here: Clock = { of: 'this machine', ahead: 0 };
  const others: Clock[] = [
    ...(api.reachable ? [{ of: 'the API', ahead: api.clockOffset }] : []),
    ...(cognitoAhead === undefined ? [] : [{ of: COGNITO, ahead: cognitoAhead }]),
  ];
  if (others.length === 0) return skipped('neither the API nor a token shows another clock');
  const clocks = [here, ...others];
  const cognito = others.find(({ of }) => of === COGNITO);
  const right = cognito ?? here;
  const wrong = clocks.filter(({ ahead }) => Math.abs(ahead - right.ahead) > CLOCK_TOLERANCE);
  if (wrong.length === 0) return ok(`the clocks agree: ${namesOf(clocks).join(', ')}`);
  return problem(
    `seen from this machine, ${others.map(describeClock).join(' and ')}`,
    cognito
      ? `Set by NTP the clock of ${namesOf(wrong).join(' and of ')}: Amazon Cognito's is right, unless it is the emulator's clock.`
      : `Set by NTP the clock of ${namesOf(clocks).join(' and of ')}.`,
  );
}

function namesOf(clocks: readonly Clock[]): readonly string[] {
  return clocks.map(({ of }) => of);
}

function describeClock({ of, ahead }: Clock): string {
  if (ahead === 0) return `the clock of ${of} agrees`;
  return `the clock of ${of} is ${describeDuration(Math.abs(ahead))} ${ahead < 0 ? 'behind' : 'ahead'}`;
}

/** How far in the future a token was issued; `undefined` where it was not. */
function futureOf(token: DiagnosisContext['token']): number | undefined {
  const ahead = token ? Math.round(timeOf(token, 'iat') - Date.now() / 1000) : 0;
  return ahead > CLOCK_TOLERANCE ? ahead : undefined;
}
