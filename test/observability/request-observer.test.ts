import { Metrics } from '../../src/observability/metrics';
import { RequestObserver } from '../../src/observability/request-observer';
import type { RequestTrace, Step } from '../../src/observability/tracing';

const metrics = new Metrics('0.0.0', []);

let steps: Step[];
let trace: RequestTrace;

beforeEach(() => {
  steps = [];
  trace = { traceId: 'a'.repeat(32), add: (step) => void steps.push(step), end: () => undefined };
});

describe('a request that is traced', () => {
  it.each([
    ['SELECT id FROM users', 'SELECT'],
    ['\n  insert into users values ($1)', 'INSERT'],
    ['(SELECT 1) UNION (SELECT 2)', 'SQL'],
  ])('has a span for a statement, named after its operation: %s', (text, operation) => {
    new RequestObserver(metrics, undefined, trace).ranStatement(text, 10, 15);
    expect(steps).toEqual([
      {
        name: operation,
        from: 10,
        to: 15,
        isRemote: true,
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': operation,
          'db.query.text': text,
        },
        error: undefined,
      },
    ]);
  });

  it('has a span for each wait, remote where another server is waited for', () => {
    const observer = new RequestObserver(metrics, undefined, trace);
    observer.waitedForJwks(1, 2);
    observer.verifiedToken(2, 3);
    observer.waitedForConnection(3, 4);
    expect(steps).toEqual([
      { name: 'fetch JWKS', from: 1, to: 2, isRemote: true },
      { name: 'verify token', from: 2, to: 3 },
      { name: 'wait for connection', from: 3, to: 4, error: undefined },
    ]);
  });

  it('has the error in the span of what failed', () => {
    const observer = new RequestObserver(metrics, undefined, trace);
    const error = new Error('lost');
    observer.waitedForConnection(1, 2, error);
    observer.ranStatement('SELECT 1', 2, 3, error);
    expect(steps.map((step) => step.error)).toEqual([error, error]);
  });
});

it('explains each step where that is asked for, and whether a statement failed', () => {
  const explained: [string, object][] = [];
  const observer = new RequestObserver(metrics, (step, details) => void explained.push([step, details]));
  observer.waitedForJwks(0, 7);
  observer.verifiedToken(7, 8);
  observer.ranStatement('SELECT 1', 8, 10);
  observer.ranStatement('SELECT 2', 10, 11, new Error('lost'));
  expect(explained).toEqual([
    ['waited for the JWKS', { ms: 7 }],
    ['token verified', { ms: 1 }],
    ['statement run', { statement: 'SELECT 1', ms: 2, failed: false }],
    ['statement run', { statement: 'SELECT 2', ms: 1, failed: true }],
  ]);
});

it('sums up what the database did for a request, failures included, and nothing for one without it', () => {
  const observer = new RequestObserver(metrics, undefined);
  expect(observer.databaseUse).toBeUndefined();
  observer.waitedForConnection(0, 3);
  observer.ranStatement('SELECT 1', 3, 5);
  observer.ranStatement('SELECT 2', 5, 9, new Error('lost'));
  expect(observer.databaseUse).toEqual({ waitMs: 3, statementsMs: 6, statements: 2 });
});

it('counts waits and statements in the metrics of the service', async () => {
  const counting = new Metrics('0.0.0', []);
  const observer = new RequestObserver(counting, undefined);
  observer.waitedForConnection(0, 2_000);
  observer.ranStatement('SELECT 1', 0, 4_000);
  const { text } = await counting.expose();
  expect(text).toContain('database_wait_seconds_sum 2\n');
  expect(text).toContain('database_statement_seconds_sum 4\n');
});
