import { parseScopes, qualifyScope } from '../../src/auth/scopes';

describe('a qualified scope', () => {
  it.each([
    ['https://api.example.com', 'things.read', 'https://api.example.com/things.read'],
    ['things', 'read', 'things/read'],
    ['https://api.example.com/', 'read', 'https://api.example.com//read'],
  ])('of %s and %s is %s', (identifier, name, qualified) => {
    expect(qualifyScope(identifier, name)).toBe(qualified);
  });
});

describe('a scope list', () => {
  it.each([
    ['of one', 'a/b', ['a/b']],
    ['of several, in order', 'a/b c/d openid', ['a/b', 'c/d', 'openid']],
    ['with a scope twice', 'a/b a/b', ['a/b']],
    ['with extra spaces', ' a/b  c/d ', ['a/b', 'c/d']],
    ['that is empty', '', []],
    ['of spaces only', '  ', []],
    ['that is missing', undefined, []],
  ])('%s', (_, list, scopes) => {
    expect([...parseScopes(list)]).toEqual(scopes);
  });

  it.each(['a/b\tc/d', 'a/b\nc/d', 'a/b\u00a0c/d', 'a/b,c/d'])('is split at spaces only: %j', (list) => {
    expect([...parseScopes(list)]).toEqual([list]);
  });

  it('is case-sensitive', () => {
    expect(parseScopes('a/Read').has('a/read')).toBe(false);
  });
});
