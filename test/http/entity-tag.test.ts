import { entityTag, versionsOfIfMatch } from '../../src/http/entity-tag';

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
    ['with a leading zero', '"01"'],
    ['with more digits than a version has', '"1000000000"'],
    ['with digits of another script', '"\u0661"'],
  ])('%s', (_, ifMatch) => {
    expect(versionsOfIfMatch(ifMatch)).toEqual([]);
  });
});
