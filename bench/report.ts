import { type Measurements, medianOf, ratio } from './measurements';
import { subjects, scenarios } from './scenarios';
import { thresholds } from './thresholds';

/** The measurements as Markdown that can be read in a terminal too. */
export function report(measurements: Measurements): string {
  const { node, processor, date, pinned, rounds, seconds, versions } = measurements;
  const cores = pinned ? 'subjects and load on a core each' : 'subjects and load not bound to a core';
  const parts = [
    `Node ${node}, ${processor}, ${date}; medians of ${rounds} rounds of ${seconds} s, ${cores}.`,
    targetTable(measurements),
    subjectTable(measurements),
    scenarioTable(measurements),
    memoryTable(measurements),
    `With ${versions.join(', ')}.`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function targetTable(measurements: Measurements): string {
  const rows = thresholds(measurements).map(({ title, bound, figure, isMet }) => [
    title,
    bound,
    number(figure),
    isMet ? '✓' : '✗',
  ]);
  return table(['target', 'bound', 'measured', ''], rows);
}

function subjectTable({ scenarios: { repeat } }: Measurements): string {
  const rows = Object.entries(subjects)
    .filter(([name]) => repeat?.[name])
    .map(([name, title]) => [
      title,
      number(medianOf(repeat, name, 'requestsPerSecond')),
      number(ratio(repeat, [name, 'express'], 'requestsPerSecond')),
      number(medianOf(repeat, name, 'cpuMicroseconds')),
      number(ratio(repeat, ['express', name], 'cpuMicroseconds')),
      number(medianOf(repeat, name, 'p50Milliseconds')),
      number(medianOf(repeat, name, 'p99Milliseconds')),
      number(medianOf(repeat, name, 'residentMegabytes')),
    ]);
  return table(
    ['repeat caller', 'requests/s', '× bare Express', 'CPU µs', '× by CPU', 'p50 ms', 'p99 ms', 'MB'],
    rows,
  );
}

function scenarioTable({ scenarios: outcomes }: Measurements): string {
  const rows = scenarios
    .filter(({ name }) => name !== 'repeat' && outcomes[name]?.['express'])
    .map(({ name, title }) => {
      const both = (figure: Parameters<typeof medianOf>[2]) =>
        ['express', 'service'].map((who) => number(medianOf(outcomes[name], who, figure))).join(' · ');
      return [
        title,
        both('requestsPerSecond'),
        number(ratio(outcomes[name], ['service', 'express'], 'requestsPerSecond')),
        both('cpuMicroseconds'),
        number(ratio(outcomes[name], ['express', 'service'], 'cpuMicroseconds')),
        both('p99Milliseconds'),
      ];
    });
  return table(
    ['bare Express · this service', 'requests/s', '× bare Express', 'CPU µs', '× by CPU', 'p99 ms'],
    rows,
  );
}

function memoryTable({ memory }: Measurements): string {
  const rows = Object.entries(memory ?? {}).map(([name, megabytes]) => [name, ...megabytes.map(number)]);
  return table(['resident MB after', ...Array.from({ length: 10 }, (_, step) => `${step + 1}00,000`)], rows);
}

/** Three digits: a shared machine measures no more; `–` where nothing was measured. */
function number(value: number): string {
  return Number.isNaN(value) ? '–' : value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** A Markdown table with its columns in line; nothing without rows. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = header.map((title, column) =>
    Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
