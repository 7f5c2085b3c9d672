import { openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { LineOutput } from '../../src/observability/line-output';
import { pipe, readPipe } from '../support/pipe';
import { until } from '../support/until';

/** More than a pipe and its reader hold. */
const LINES = Array.from({ length: 20_000 }, (_, index) => `${index} ${'é'.repeat(20)}\n`);
const CAPACITY = LINES.join('').length;

// Descriptors are not closed: an output goes on trying, and the number would be that of another test's pipe by then.
let reader: Socket;
let output: LineOutput;
let read: string;

beforeEach(() => {
  const ends = pipe();
  reader = readPipe(ends);
  read = '';
  reader.setEncoding('utf8').on('data', (text: string) => (read += text));
  output = new LineOutput(
    ends.writer,
    (dropped) => {
      output.write(`${dropped} dropped\n`);
    },
    CAPACITY,
  );
});

afterEach(() => reader.destroy());

function writeAll(lines: readonly string[]): void {
  for (const line of lines) output.write(line);
}

function reading(expected: string): Promise<true> {
  return until('everything to be read', () => read.length >= expected.length);
}

/** Stops the reading, and writes as much as may wait. */
async function block(): Promise<void> {
  reader.pause();
  writeAll(LINES);
  await until('the pipe to be full', () => output.waiting > 0);
}

it('writes lines whole and in order, though the pipe takes them in parts', async () => {
  await block();
  reader.resume();
  const expected = LINES.join('');
  await reading(expected);
  expect(read).toBe(expected);
  expect(output).toMatchObject({ dropped: 0, waiting: 0 });
});

it('drops lines while more wait than may, and reports each gap once, where it is', async () => {
  await block();
  writeAll(LINES);
  const { dropped } = output;
  expect(dropped).toBeGreaterThan(0);
  reader.resume();
  const accepted = [...LINES, ...LINES].slice(0, -dropped).join('');
  await reading(`${accepted}${dropped} dropped\n`);
  output.write('after\n');
  const expected = `${accepted}${dropped} dropped\nafter\n`;
  await reading(expected);
  expect(read).toBe(expected);
  expect(output).toMatchObject({ dropped, waiting: 0 });
});

it('drops all lines of a gap, short ones too, until what waits has been written', async () => {
  await block();
  writeAll(LINES);
  const { dropped } = output;
  output.write('\n');
  expect(output.dropped).toBe(dropped + 1);
});

it('writes more in a turn than may wait where the descriptor takes it', () => {
  output = new LineOutput(openSync('/dev/null', 'w'), () => undefined, 10);
  writeAll(Array.from({ length: 100 }, () => 'a line\n'));
  expect(output.dropped).toBe(0);
});

it('drops a line that is larger than what may wait, and no other', async () => {
  output.write(`${'x'.repeat(CAPACITY)}\n`);
  await reading('1 dropped\n');
  output.write('after\n');
  await reading('1 dropped\nafter\n');
  expect(read).toBe('1 dropped\nafter\n');
});

it('writes lines to the last one when it finishes', async () => {
  output.write('last\n');
  output.finish();
  await reading('last\n');
  expect(read).toBe('last\n');
});

it('gives up on a reader that stalls when it finishes', async () => {
  await block();
  output.finish();
  expect(output.waiting).toBeGreaterThan(0);
});

it('never throws on a device that is full, and counts what is lost', async () => {
  output = new LineOutput(openSync('/dev/full', 'w'), () => undefined, 10);
  writeAll(['first\n', 'second\n', 'third\n']);
  await until('an attempt', () => output.waiting > 0);
  output.finish();
  expect(output).toMatchObject({ dropped: 2, waiting: 6 });
});
