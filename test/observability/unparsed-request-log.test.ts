import { createLogger } from '../../src/observability/log';
import { type UnparsedRequest, UnparsedRequestLog } from '../../src/observability/unparsed-request-log';

let lines: Record<string, unknown>[];
let log: UnparsedRequestLog;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  log = new UnparsedRequestLog(createLogger('info', { write }));
});

afterEach(() => jest.useRealTimers());

function write(own: Partial<UnparsedRequest> = {}): void {
  log.write({ requestId: 'r', status: 400, reason: 'malformed_request', ip: '192.0.2.1', ...own });
}

function messages(): unknown[] {
  return lines.map(({ msg }) => msg);
}

it('logs the first request at once, with all that is known of it', () => {
  write({ requestId: 'r-1', status: 431, reason: 'head_too_large' });
  expect(lines).toMatchObject([
    {
      level: 'info',
      msg: 'request not parsed',
      requestId: 'r-1',
      status: 431,
      reason: 'head_too_large',
      ip: '192.0.2.1',
    },
  ]);
});

it('sums up the requests of the second after a line by reason, with each address once', () => {
  write();
  write({ ip: '192.0.2.2' });
  write({ ip: '192.0.2.2' });
  write({ reason: 'request_timeout', ip: '192.0.2.3' });
  jest.advanceTimersByTime(999);
  expect(lines).toHaveLength(1);
  jest.advanceTimersByTime(1);
  expect(lines.slice(1)).toMatchObject([
    {
      level: 'info',
      msg: 'more requests not parsed',
      reasons: { malformed_request: 2, request_timeout: 1 },
      ips: ['192.0.2.2', '192.0.2.3'],
    },
  ]);
});

it('logs a line a second while a flood lasts, in which every request is counted once', () => {
  for (let request = 0; request < 100; request += 1) {
    write();
    jest.advanceTimersByTime(30);
  }
  jest.advanceTimersByTime(1_000);
  expect(messages()).toEqual(['request not parsed', ...Array<string>(3).fill('more requests not parsed')]);
  const counts = lines
    .slice(1)
    .map(({ reasons }) => (reasons as Record<string, number>)['malformed_request']!);
  expect(counts.reduce((sum, count) => sum + count)).toBe(99);
});

it('logs a request in full again when a second has passed without any', () => {
  write();
  jest.advanceTimersByTime(1_000);
  write({ requestId: 'r-2' });
  expect(messages()).toEqual(['request not parsed', 'request not parsed']);
  expect(lines[1]).toMatchObject({ requestId: 'r-2' });
});

it('names ten addresses at most in a line, and counts the requests of the others', () => {
  write();
  for (let host = 1; host <= 12; host += 1) write({ ip: `198.51.100.${host}` });
  jest.advanceTimersByTime(1_000);
  const addresses = Array.from({ length: 10 }, (_, index) => `198.51.100.${index + 1}`);
  expect(lines[1]).toMatchObject({ reasons: { malformed_request: 12 }, ips: addresses });
});

it('counts a request whose address is unknown, and names none for it', () => {
  write();
  write({ ip: undefined });
  jest.advanceTimersByTime(1_000);
  expect(lines[1]).toMatchObject({ reasons: { malformed_request: 1 }, ips: [] });
});
