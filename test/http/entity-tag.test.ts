import { entityTag, failedPrecondition, versionsOfIfMatch } from '../../src/http/entity-tag';

it('is the version in quotes', () => {
  expect(entityTag(1)).toBe('"1"');
  expect(entityTag(42)).toBe('"42"');
});

it.each([1, 10, 999_999_999])('comes back from If-Match: version %d', (version) => {
  expect(versionsOfIfMatch(entityTag(version))).toEqual([version]);
});

describe('If-Match allows any version', () => {
  it.each([
    ['when it is not there', undefined],
    ['with an asterisk', '*'],
    ['with an asterisk among blanks', ' * '],
  ])('%s', (_, ifMatch) => {
    expect(versionsOfIfMatch(ifMatch)).toBeUndefined();
  });
});

describe('If-Match allows', () => {
  it.each([
    ['each version of a list', '"1", "2","3"', [1, 2, 3]],
    ['what is well-formed of a list', '"1", x, "2"', [1, 2]],
    ['what is strong of a list', 'W/"1", "2"', [2]],
    ['what stands beside empty elements', '"1",, "2",', [1, 2]],
    ['what stands beside an asterisk', '"1", *', [1]],
  ])('%s', (_, ifMatch, versions) => {
    expect(versionsOfIfMatch(ifMatch)).toEqual(versions);
  });
});

describe('If-Match allows no version', () => {
  it.each([
    ['when it is empty', ''],
    ['with a weak tag', 'W/"1"'],
    ['without quotes', '1'],
    ['with single quotes', "'1'"],
    ['with one quote', '"1'],
    ['with an empty tag', '""'],
    ['with letters', '"abc"'],
    ['with a sign', '"-1"'],
    ['with a fraction', '"1.0"'],
    ['with an exponent', '"1e0"'],
    ['with blanks in the quotes', '" 1"'],
    ['with a comma in the quotes', '"1,2"'],
    ['with text after the quotes', '"1"x'],
    ['with text before the quotes', 'x"1"'],
    ['with a leading zero', '"01"'],
    ['with more digits than a version has', '"1000000000"'],
    ['with digits of another script', '"\u0661"'],
  ])('%s', (_, ifMatch) => {
    expect(versionsOfIfMatch(ifMatch)).toEqual([]);
  });
});

describe('of the tag "2"', () => {
  it.each([
    ['"2"', undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"1", "2"', undefined],
    ['"1"', 'If-Match'],
    ['W/"2"', 'If-Match'],
    ['2', 'If-Match'],
    ['', 'If-Match'],
    ['"1", *', 'If-Match'],
  ])('If-Match: %s fails: %s', (ifMatch, failed) => {
    expect(failedPrecondition({ 'if-match': ifMatch }, '"2"')).toBe(failed);
  });

  it.each([
    ['"2"', 'If-None-Match'],
    ['W/"2"', 'If-None-Match'],
    ['*', 'If-None-Match'],
    ['"1", "2"', 'If-None-Match'],
    ['"1", W/"2"', 'If-None-Match'],
    ['"1"', undefined],
    ['2', undefined],
    ['', undefined],
    ['"1", *', undefined],
  ])('If-None-Match: %s fails: %s', (ifNoneMatch, failed) => {
    expect(failedPrecondition({ 'if-none-match': ifNoneMatch }, '"2"')).toBe(failed);
  });

  it('If-Match is looked at first', () => {
    expect(failedPrecondition({ 'if-match': '"1"', 'if-none-match': '"2"' }, '"2"')).toBe('If-Match');
    expect(failedPrecondition({ 'if-match': '"2"', 'if-none-match': '"2"' }, '"2"')).toBe('If-None-Match');
  });

  it('no precondition fails where there is none', () => {
    expect(failedPrecondition({}, '"2"')).toBeUndefined();
  });
});
