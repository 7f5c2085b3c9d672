import { jsonFault } from '../../src/http/json-fault';

const at = (line: number, column: number) => ({ line, column });

describe('points to the first token that does not belong', () => {
  it.each([
    ['', 1, 1],
    [' \n ', 2, 2],
    ['abc', 1, 1],
    ["{'label':1}", 1, 2],
    ['{"label":1,}', 1, 12],
    ['{"label" 1}', 1, 10],
    ['{"label":}', 1, 10],
    ['{"label":1 "b":2}', 1, 12],
    ['{,}', 1, 2],
    ['{1:2}', 1, 2],
    ['[1,]', 1, 4],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['{"a":1]', 1, 7],
    [':', 1, 1],
    [']', 1, 1],
    ['["a":1]', 1, 5],
    ['{"a":"b" "c"}', 1, 10],
    ['{} {}', 1, 4],
    ['1 2', 1, 3],
    ['"a" "b"', 1, 5],
    ['[01]', 1, 2],
    ['[1.]', 1, 2],
    ['[+1]', 1, 2],
    ['[NaN]', 1, 2],
    ['[nul]', 1, 2],
    ['[truest]', 1, 2],
    ['{\n  "a": 1,\n  "b": .5\n}', 3, 8],
    ['["tab\there"]', 1, 2],
    ['["\\x"]', 1, 2],
    ['["never closed', 1, 2],
    ['\ufeff{}', 1, 1],
    ['[1, // why\n2]', 1, 5],
    ['["\\u00g9"]', 1, 2],
    ['["\\u00"]', 1, 2],
  ])('%j: line %d, column %d', (text, line, column) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(jsonFault(text)).toEqual(at(line, column));
  });
});

it.each(['{"a":[1,-2.5e3,{"b":null}],"c":true', '[[[', '{"a":', '{"a"', '[1,', '{"a":1,'])(
  'points to the end of what ends too early: %s',
  (text) => {
    expect(jsonFault(text)).toEqual(at(1, text.length + 1));
  },
);

it('takes valid text to its end', () => {
  const text = JSON.stringify(
    { a: [], b: {}, c: [{ d: 'é\\"\n\u001f' }, 0, -1.5e-7, null, true, false] },
    null,
    1,
  );
  expect(jsonFault(text)).toEqual(at(text.split('\n').length, 2));
});

it.each(['"\\u00e9\\u00AF"', '12.345', '1E+10', '-0.25e-12', '1e5'])('takes %s for valid', (value) => {
  expect(jsonFault(`[${value}`)).toEqual(at(1, value.length + 2));
});

it('finds the fault of a body as large as one may be', () => {
  expect(jsonFault(`["${'x'.repeat(102_000)}" x]`)).toEqual(at(1, 102_005));
  expect(jsonFault('['.repeat(102_000))).toEqual(at(1, 102_001));
});
