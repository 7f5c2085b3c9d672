import { assertB64Token, bearerToken } from '../../src/auth/bearer-token';

const TOKEN = 'eyJh.eyJz-_~+/.c2ln==';

function reasonFor(...rawHeaders: readonly string[]): unknown {
  try {
    const token = bearerToken(rawHeaders);
    assertB64Token(token);
    return { token };
  } catch (error) {
    return (error as { reason: unknown }).reason;
  }
}

describe('reads the token', () => {
  it.each([
    ['of the scheme as it is registered', `Bearer ${TOKEN}`],
    ['of the scheme in lower case', `bearer ${TOKEN}`],
    ['of the scheme in upper case', `BEARER ${TOKEN}`],
    ['of the scheme in mixed case', `bEaReR ${TOKEN}`],
    ['after several spaces', `Bearer    ${TOKEN}`],
  ])('%s', (_, authorization) => {
    expect(bearerToken(['Authorization', authorization])).toBe(TOKEN);
  });

  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])('from a header named %s', (name) => {
    expect(bearerToken([name, `Bearer ${TOKEN}`])).toBe(TOKEN);
  });

  it('between other headers', () => {
    const rawHeaders = ['Host', 'api.example.com', 'Authorization', `Bearer ${TOKEN}`, 'Accept', '*/*'];
    expect(bearerToken(rawHeaders)).toBe(TOKEN);
  });

  it('of one character', () => {
    expect(bearerToken(['Authorization', 'Bearer a'])).toBe('a');
  });

  it('though it is not a JWT', () => {
    expect(bearerToken(['Authorization', 'Bearer not-a-jwt'])).toBe('not-a-jwt');
  });
});

describe('reports missing credentials for', () => {
  it.each([
    ['no headers', []],
    ['no Authorization', ['Host', 'api.example.com']],
    ['an empty Authorization', ['Authorization', '']],
    ['a header whose value is its name', ['X-Test', 'authorization', 'Bearer abc', 'x']],
    ['a header whose name only begins like Authorization', ['Authorization-Info', 'Bearer abc']],
    ['a header whose name only ends like Authorization', ['Proxy-Authorization', 'Bearer abc']],
    ['a header name of the same length', ['Authentication', 'Bearer abc', 'Authorisation', 'Bearer abc']],
    ['a cookie', ['Cookie', 'access_token=abc']],
  ])('%s', (_, rawHeaders) => {
    expect(reasonFor(...rawHeaders)).toBe('missing_token');
  });

  it.each([
    ['Basic', 'Basic dXNlcjpwYXNz'],
    ['Digest with parameters', 'Digest username="a", realm="b"'],
    ['a scheme without credentials', 'Negotiate'],
    ['a scheme that only begins like Bearer', 'BearerToken abc'],
    ['a scheme that continues with a hyphen', 'Bearer-Token abc'],
    ['a scheme that only ends like Bearer', 'XBearer abc'],
    ['a token without a scheme', 'eyJh.eyJz.c2ln'],
    ['the scheme without a space before its token', 'Bearerabc'],
    ['another scheme first, joined by a comma', 'Basic dXNlcjpwYXNz, Bearer abc'],
    ['DPoP', 'DPoP abc'],
  ])('%s', (_, authorization) => {
    expect(reasonFor('Authorization', authorization)).toBe('missing_token');
  });
});

describe('refuses as malformed', () => {
  it.each([
    ['the scheme alone', 'Bearer'],
    ['the scheme and a space', 'Bearer '],
    ['a tab in place of the space', 'Bearer\tabc'],
    ['a tab after the space', 'Bearer \tabc'],
    ['a colon after the scheme', 'Bearer: abc'],
    ['a comma after the scheme', 'Bearer,abc'],
    ['a slash after the scheme', 'Bearer/abc'],
    ['two tokens', 'Bearer abc def'],
    ['two credentials joined by a comma', 'Bearer abc, Bearer def'],
    ['two tokens joined by a comma', 'Bearer abc,def'],
    ['another scheme joined by a comma', 'Bearer abc, Basic dXNlcjpwYXNz'],
    ['the scheme twice', 'Bearer Bearer abc'],
    ['a trailing space', 'Bearer abc '],
    ['a trailing line feed', 'Bearer abc\n'],
    ['quotes', 'Bearer "abc"'],
    ['parameters', 'Bearer token="abc"'],
    ['padding in the middle', 'Bearer ab=c'],
    ['padding alone', 'Bearer ='],
    ['percent-encoding', 'Bearer ab%2Ec'],
    ['a character beyond ASCII', 'Bearer abç'],
    ['a NUL', 'Bearer ab\0c'],
  ])('%s', (_, authorization) => {
    expect(reasonFor('Authorization', authorization)).toBe('malformed_authorization');
  });
});

describe('refuses a token of more than 16 KB, whatever is in it,', () => {
  const longest = 'a'.repeat(16 * 1024);

  it('and reads one of 16 KB', () => {
    expect(reasonFor('Authorization', `Bearer ${longest}`)).toEqual({ token: longest });
  });

  it('and reads one of 16 KB after several spaces', () => {
    expect(reasonFor('Authorization', `Bearer   ${longest}`)).toEqual({ token: longest });
  });

  it.each([
    ['of the right characters', `${longest}a`],
    ['of other characters', `${longest} `],
  ])('%s', (_, token) => {
    expect(reasonFor('Authorization', `Bearer ${token}`)).toBe('malformed_token');
  });
});

describe('refuses more than one Authorization line', () => {
  it.each([
    ['with two tokens', ['Authorization', 'Bearer abc', 'Authorization', 'Bearer def']],
    ['with one token twice', ['Authorization', 'Bearer abc', 'Authorization', 'Bearer abc']],
    ['named in different cases', ['Authorization', 'Bearer abc', 'authorization', 'Bearer abc']],
    ['with other lines between', ['Authorization', 'Bearer abc', 'Host', 'x', 'Authorization', 'Bearer abc']],
    ['with another scheme first', ['Authorization', 'Basic abc', 'Authorization', 'Bearer abc']],
    ['with another scheme last', ['Authorization', 'Bearer abc', 'Authorization', 'Basic abc']],
    ['with no Bearer among them', ['Authorization', 'Basic abc', 'Authorization', 'Basic def']],
    ['with an empty one', ['Authorization', '', 'Authorization', 'Bearer abc']],
  ])('%s', (_, rawHeaders) => {
    expect(reasonFor(...rawHeaders)).toBe('malformed_authorization');
  });
});
