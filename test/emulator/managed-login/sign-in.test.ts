import type { UserPool } from '../../../emulator/store/state';
import { Browser, locationOf } from '../support/browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  password,
  readThings,
  startDomain,
} from '../support/domain';
import { authorizationRequest } from '../support/web-app';

const callbackUrls = [callback, `${callback}?from=cognito`, 'myapp://signed-in'];
const clients = [interactiveClient('webapp', { callbackUrls }), interactiveClient('other')];
const users = [
  confirmedUser('ada'),
  confirmedUser('temporary', { status: 'FORCE_CHANGE_PASSWORD' }),
  confirmedUser('disabled', { enabled: false }),
  confirmedUser('invited', { password: undefined, status: 'FORCE_CHANGE_PASSWORD' }),
];
const ada = { username: 'ada', password };

let domain: Awaited<ReturnType<typeof startDomain>>;
let browser: Browser;

beforeAll(async () => {
  domain = await startDomain(
    { clients, users },
    { clients: [interactiveClient('elsewhere')], users: [confirmedUser('ada')] },
  );
});
beforeEach(() => {
  browser = new Browser(domain.url);
});
afterAll(() => domain.stop());

describe('signing in', () => {
  it('redirects to the redirect_uri with a code and the unchanged state', async () => {
    const state = `a b+c&d=e%20"'<ü>`;
    const location = await browser.signIn(authorizationRequest({ state }), ada);
    expect(location.origin + location.pathname + location.hash).toBe(callback);
    expect([...location.searchParams]).toEqual([
      ['code', expect.stringMatching(/^[\w-]{43}$/)],
      ['state', state],
    ]);
  });

  it('redirects without a state when the request has none', async () => {
    const location = await browser.signIn(authorizationRequest({ state: undefined }), ada);
    expect([...location.searchParams.keys()]).toEqual(['code']);
  });

  it.each([
    [`${callback}?from=cognito`, `${callback}?from=cognito&code=`],
    ['myapp://signed-in', 'myapp://signed-in?code='],
  ])('keeps the redirect_uri %s unchanged', async (redirect_uri, start) => {
    const { href } = await browser.signIn(authorizationRequest({ redirect_uri }), ada);
    expect(href.slice(0, start.length)).toBe(start);
  });

  it('makes the browser request the redirect_uri by GET, without the form', async () => {
    const response = await browser.submit(await browser.get('/login', authorizationRequest()), ada);
    expect(response.status).toBe(303);
  });

  it('redirects with tokens in the fragment when tokens were requested', async () => {
    const location = await browser.signIn(
      authorizationRequest({ response_type: 'token', scope: 'openid' }),
      ada,
    );
    expect(location.origin + location.pathname + location.search).toBe(callback);
    expect(Object.fromEntries(new URLSearchParams(location.hash.slice(1)))).toEqual({
      id_token: expect.stringMatching(/^ey/),
      access_token: expect.stringMatching(/^ey/),
      expires_in: '3600',
      token_type: 'Bearer',
      state: 'af0ifjsldkj',
    });
  });

  it('redirects without an ID token for scopes without openid', async () => {
    const location = await browser.signIn(
      authorizationRequest({ response_type: 'token', scope: readThings }),
      ada,
    );
    expect(location.hash).not.toContain('id_token');
  });

  it.each([
    ['with a wrong password', { ...ada, password: 'wrong' }],
    ['with an empty password', { ...ada, password: '' }],
    ['of an unknown user', { username: 'unknown', password }],
    ['of a user in other letter case', { username: 'ADA', password }],
    ['of a disabled user', { username: 'disabled', password }],
    ['of a user without a password', { username: 'invited', password }],
    ['without a username', { username: '', password }],
  ])('is refused %s with the same message', async (_what, user) => {
    const response = await browser.submit(await browser.get('/login', authorizationRequest()), user);
    expect([response.status, response.headers.get('Location')]).toEqual([403, null]);
    expect(await response.text()).toContain('Incorrect username or password.');
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('succeeds after a wrong password', async () => {
    const again = await browser.submit(await browser.get('/login', authorizationRequest()), {
      ...ada,
      password: 'no',
    });
    expect((await browser.submit(again, ada)).status).toBe(303);
  });

  it('is refused with a temporary password, with a message that names the remedy', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const response = await browser.submit(page, { username: 'temporary', password });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('AdminSetUserPassword');
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('does not reveal that a password is temporary without the correct password', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const response = await browser.submit(page, { username: 'temporary', password: 'wrong' });
    expect(await response.text()).not.toContain('AdminSetUserPassword');
  });

  it.each([
    ['a site that cannot read the page', undefined],
    ['a site that guesses the token', 'guessed'],
  ])('cannot be forged by %s', async (_who, guess) => {
    await browser.get('/login', authorizationRequest());
    const path = `/login?${new URLSearchParams(authorizationRequest()).toString()}`;
    const response = await browser.post(path, { ...ada, ...(guess !== undefined && { _csrf: guess }) });
    expect([response.status, response.headers.get('Location')]).toEqual([403, null]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('cannot be forged in a browser that has not loaded the page', async () => {
    const path = `/login?${new URLSearchParams(authorizationRequest()).toString()}`;
    expect((await browser.post(path, ada)).status).toBe(403);
  });

  it('fails with the page of another browser', async () => {
    const page = await new Browser(domain.url).get('/login', authorizationRequest());
    expect((await browser.submit(page, ada)).status).toBe(403);
  });

  it('works in two tabs of one browser', async () => {
    const first = await browser.get('/login', authorizationRequest());
    await browser.get('/login', authorizationRequest());
    expect((await browser.submit(first, ada)).status).toBe(303);
  });

  it('validates the authorization request again', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const action = (await page.text()).replaceAll(encodeURIComponent(callback), 'https://attacker.example');
    const response = await browser.submit(new Response(action), ada);
    expect([response.status, response.headers.get('Location')]).toEqual([400, null]);
  });

  it.each([
    ['the same field twice', `username=ada&username=ada`, 400],
    ['a form that is too large', `username=${'x'.repeat(20_000)}`, 413],
  ])('is refused with a page for %s', async (_what, body, status) => {
    const response = await fetch(
      `${domain.url}/login?${new URLSearchParams(authorizationRequest()).toString()}`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      },
    );
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toMatch('text/html');
  });
});

describe('the parameter prompt', () => {
  const authorize = async (prompt: string) =>
    locationOf(await browser.get('/oauth2/authorize', authorizationRequest({ prompt })));

  it.each(['none', 'consent', 'select_account'])(
    '%s does not require a password with a session',
    async (prompt) => {
      await browser.signIn(authorizationRequest(), ada);
      expect(await authorize(prompt)).toMatch(`${callback}?code=`);
    },
  );

  it('none without a session is refused with login_required', async () => {
    expect(await authorize('none')).toBe(`${callback}?error=login_required&state=af0ifjsldkj`);
  });

  it.each(['login', 'login consent'])(
    '%s requires the password despite a session, which stays valid',
    async (prompt) => {
      await browser.signIn(authorizationRequest(), ada);
      const login = await authorize(prompt);
      expect(login).toMatch(/^\/login\?/);
      expect(await authorize('none')).toMatch(`${callback}?code=`);
      expect((await browser.submit(await browser.get(login), ada)).status).toBe(303);
    },
  );
});

it('the parameter login_hint fills in the username', async () => {
  const login = locationOf(
    await browser.get('/oauth2/authorize', authorizationRequest({ login_hint: 'ada@example.com' })),
  );
  expect(await (await browser.get(login)).text()).toContain('value="ada@example.com"');
});

describe('signing in by an attribute', () => {
  const email = 'ada@example.com';
  const options = {
    usernameAttributes: { usernameAttributes: ['email' as const] },
    aliasAttributes: { aliasAttributes: ['email' as const, 'phone_number' as const] },
  };

  /** What signing in with this name leads to, in a pool with these options. */
  async function signInTo(members: Partial<UserPool>, username: string) {
    const custom = await startDomain({ clients, users, ...members });
    try {
      const visitor = new Browser(custom.url);
      const page = await visitor.get('/login', authorizationRequest());
      const [, label] = /<label for="username">([^<]*)</.exec(await page.clone().text()) ?? [];
      return { status: (await visitor.submit(page, { username, password })).status, label };
    } finally {
      await custom.stop();
    }
  }

  it.each([
    ['the email address that replaces it', options.usernameAttributes, email, 303, 'Email'],
    ['an alias', options.aliasAttributes, email, 303, 'Username or email or phone number'],
    ['an alias that is not verified', options.aliasAttributes, '+4930123456', 403, undefined],
    ['an attribute that is not an alias', {}, email, 403, 'Username'],
    ['another letter case', { ...options.usernameAttributes }, email.toUpperCase(), 403, 'Email'],
    [
      'another letter case where case does not matter',
      { ...options.usernameAttributes, usernameCaseSensitive: false },
      email.toUpperCase(),
      303,
      'Email',
    ],
  ])('with %s (%j, %s) is answered with status %s', async (_what, members, name, status, label) => {
    expect(await signInTo(members, name)).toEqual({ status, label: label ?? expect.any(String) });
  });
});

describe('a session', () => {
  it('signs the same browser in to another client of the pool without a password', async () => {
    await browser.signIn(authorizationRequest(), ada);
    const response = await browser.get('/oauth2/authorize', authorizationRequest({ client_id: 'other' }));
    expect(response.status).toBe(302);
    expect(locationOf(response)).toMatch(/^http:\/\/127\.0\.0\.1:8400\/callback\?code=/);
  });

  it('is a cookie that scripts and forms of other sites cannot use', async () => {
    const response = await browser.submit(await browser.get('/login', authorizationRequest()), ada);
    const [cookie = ''] = response.headers.getSetCookie().filter((set) => /^cognito=[^;]/.test(set));
    expect(cookie.split('; ').map((part) => part.replace(/^(cognito|Expires)=.*/, '$1'))).toEqual(
      expect.arrayContaining(['cognito', 'Max-Age=3600', 'Path=/', 'HttpOnly', 'SameSite=Lax']),
    );
  });

  it('gets a new key at each sign-in, and the old key ends', async () => {
    await browser.signIn(authorizationRequest(), ada);
    const before = browser.cookies.get('cognito');
    await browser.submit(await browser.get('/login', authorizationRequest()), ada);
    expect(browser.cookies.get('cognito')).not.toBe(before);
    expect(await isSignedIn({ cookie: before })).toBe(false);
    expect(await isSignedIn({ cookie: browser.cookies.get('cognito') })).toBe(true);
  });

  it.each([
    [3599, true],
    [3600, false],
  ])('after %s s is valid: %s', async (seconds, valid) => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    await browser.signIn(authorizationRequest(), ada);
    clock.mockReturnValue(now + seconds * 1000);
    expect(await isSignedIn({ cookie: browser.cookies.get('cognito') })).toBe(valid);
  });

  it('of one pool is not valid for another', async () => {
    await browser.signIn(authorizationRequest(), ada);
    const cookie = browser.cookies.get('cognito');
    expect(await isSignedIn({ cookie, clientId: 'elsewhere' })).toBe(false);
  });

  it('ends when the user is disabled', async () => {
    const leaver = new Browser(domain.url);
    domain.changePool(({ users }) => users.push(confirmedUser('leaver')));
    await leaver.signIn(authorizationRequest(), { username: 'leaver', password });
    domain.changePool((pool) => {
      pool.users.find(({ username }) => username === 'leaver')!.enabled = false;
    });
    expect(await isSignedIn({ cookie: leaver.cookies.get('cognito') })).toBe(false);
  });

  async function isSignedIn({ cookie = '', clientId = 'webapp' }): Promise<boolean> {
    const query = new URLSearchParams(authorizationRequest({ client_id: clientId })).toString();
    const headers = { Cookie: `cognito=${cookie}` };
    const response = await fetch(`${domain.url}/oauth2/authorize?${query}`, { redirect: 'manual', headers });
    return locationOf(response).startsWith(callback);
  }
});

describe('signing out', () => {
  const signOut = (query: Record<string, string>) =>
    browser.get('/logout', { client_id: 'webapp', ...query });

  beforeEach(() => browser.signIn(authorizationRequest(), ada));

  it('redirects to a registered logout_uri', async () => {
    const response = await signOut({ logout_uri: 'http://127.0.0.1:8400/goodbye' });
    expect([response.status, locationOf(response)]).toEqual([302, 'http://127.0.0.1:8400/goodbye']);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('redirects to the login page with the parameters of an authorization request', async () => {
    const response = await signOut(authorizationRequest());
    expect(response.status).toBe(302);
    const location = new URL(locationOf(response), domain.url);
    expect([location.pathname, Object.fromEntries(location.searchParams)]).toEqual([
      '/login',
      authorizationRequest(),
    ]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('ends the session also for a copy of the cookie', async () => {
    const cookie = `cognito=${browser.cookies.get('cognito')}`;
    await signOut({ logout_uri: 'http://127.0.0.1:8400/goodbye' });
    const query = new URLSearchParams(authorizationRequest()).toString();
    const response = await fetch(`${domain.url}/oauth2/authorize?${query}`, {
      redirect: 'manual',
      headers: { Cookie: cookie },
    });
    expect(locationOf(response)).toMatch(/^\/login/);
  });

  it.each([
    ['a logout_uri that is not registered', { logout_uri: 'https://attacker.example/' }],
    ['a longer logout_uri', { logout_uri: 'http://127.0.0.1:8400/goodbye/' }],
    ['a callback URL as logout_uri', { logout_uri: callback }],
    ['neither logout_uri nor redirect_uri', {}],
  ])('ends the session and shows a page with %s', async (_what, query) => {
    const response = await signOut(query);
    expect([response.status, response.headers.get('Location')]).toEqual([400, null]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('does not end the session for an unknown client', async () => {
    const response = await signOut({ client_id: 'unknown', logout_uri: 'http://127.0.0.1:8400/goodbye' });
    expect(response.status).toBe(400);
    expect(browser.cookies.has('cognito')).toBe(true);
  });
});
