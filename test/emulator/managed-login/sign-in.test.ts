import { Browser, locationOf } from '../support/browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  password,
  readUsers,
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
  it('leads to the redirect_uri with a code and the state as it was', async () => {
    const state = `a b+c&d=e%20"'<ü>`;
    const location = await browser.signIn(authorizationRequest({ state }), ada);
    expect(location.origin + location.pathname + location.hash).toBe(callback);
    expect([...location.searchParams]).toEqual([
      ['code', expect.stringMatching(/^[\w-]{43}$/)],
      ['state', state],
    ]);
  });

  it('without a state leads there without one', async () => {
    const location = await browser.signIn(authorizationRequest({ state: undefined }), ada);
    expect([...location.searchParams.keys()]).toEqual(['code']);
  });

  it.each([
    [`${callback}?from=cognito`, `${callback}?from=cognito&code=`],
    ['myapp://signed-in', 'myapp://signed-in?code='],
  ])('keeps the redirect_uri %s as it is', async (redirect_uri, start) => {
    const { href } = await browser.signIn(authorizationRequest({ redirect_uri }), ada);
    expect(href.slice(0, start.length)).toBe(start);
  });

  it('makes the browser fetch the redirect_uri by GET, without the form', async () => {
    const answer = await browser.submit(await browser.get('/login', authorizationRequest()), ada);
    expect(answer.status).toBe(303);
  });

  it('leads to tokens in the fragment, where tokens were asked for', async () => {
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

  it('leads to no ID token without openid', async () => {
    const location = await browser.signIn(
      authorizationRequest({ response_type: 'token', scope: readUsers }),
      ada,
    );
    expect(location.hash).not.toContain('id_token');
  });

  it.each([
    ['with a wrong password', { ...ada, password: 'wrong' }],
    ['with an empty password', { ...ada, password: '' }],
    ['of nobody', { username: 'nobody', password }],
    ['of a user of another case', { username: 'ADA', password }],
    ['of a disabled user', { username: 'disabled', password }],
    ['of a user without a password', { username: 'invited', password }],
    ['of no username', { username: '', password }],
  ])('is refused %s, in the same words', async (_what, user) => {
    const answer = await browser.submit(await browser.get('/login', authorizationRequest()), user);
    expect([answer.status, answer.headers.get('Location')]).toEqual([403, null]);
    expect(await answer.text()).toContain('Incorrect username or password.');
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('is possible after a wrong password', async () => {
    const again = await browser.submit(await browser.get('/login', authorizationRequest()), {
      ...ada,
      password: 'no',
    });
    expect((await browser.submit(again, ada)).status).toBe(303);
  });

  it('with a temporary password is refused with what has to be done', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const answer = await browser.submit(page, { username: 'temporary', password });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('AdminSetUserPassword');
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('says that a password is temporary only to who knows it', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const answer = await browser.submit(page, { username: 'temporary', password: 'wrong' });
    expect(await answer.text()).not.toContain('AdminSetUserPassword');
  });

  it.each([
    ['a site that cannot see the page', undefined],
    ['a site that guesses', 'guessed'],
  ])('cannot be done by %s', async (_who, guess) => {
    await browser.get('/login', authorizationRequest());
    const path = `/login?${new URLSearchParams(authorizationRequest()).toString()}`;
    const answer = await browser.post(path, { ...ada, ...(guess !== undefined && { _csrf: guess }) });
    expect([answer.status, answer.headers.get('Location')]).toEqual([403, null]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('cannot be done by a site, in a browser that has never seen the page', async () => {
    const path = `/login?${new URLSearchParams(authorizationRequest()).toString()}`;
    expect((await browser.post(path, ada)).status).toBe(403);
  });

  it('cannot be done with the page of another browser', async () => {
    const page = await new Browser(domain.url).get('/login', authorizationRequest());
    expect((await browser.submit(page, ada)).status).toBe(403);
  });

  it('works in two tabs of one browser', async () => {
    const first = await browser.get('/login', authorizationRequest());
    await browser.get('/login', authorizationRequest());
    expect((await browser.submit(first, ada)).status).toBe(303);
  });

  it('checks the authorization request once more', async () => {
    const page = await browser.get('/login', authorizationRequest());
    const action = (await page.text()).replaceAll(encodeURIComponent(callback), 'https://attacker.example');
    const answer = await browser.submit(new Response(action), ada);
    expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
  });

  it.each([
    ['twice the same field', `username=ada&username=ada`, 400],
    ['more than a form holds', `username=${'x'.repeat(20_000)}`, 413],
  ])('with %s is answered with a page', async (_what, body, status) => {
    const answer = await fetch(
      `${domain.url}/login?${new URLSearchParams(authorizationRequest()).toString()}`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      },
    );
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Content-Type')).toMatch('text/html');
  });
});

describe('a session', () => {
  it('signs in at once, with the same browser, at another client of the pool', async () => {
    await browser.signIn(authorizationRequest(), ada);
    const answer = await browser.get('/oauth2/authorize', authorizationRequest({ client_id: 'other' }));
    expect(answer.status).toBe(302);
    expect(locationOf(answer)).toMatch(/^http:\/\/127\.0\.0\.1:8400\/callback\?code=/);
  });

  it('is a cookie that no script and no form of another site can use', async () => {
    const answer = await browser.submit(await browser.get('/login', authorizationRequest()), ada);
    const [cookie = ''] = answer.headers.getSetCookie().filter((set) => /^cognito=[^;]/.test(set));
    expect(cookie.split('; ').map((part) => part.replace(/^(cognito|Expires)=.*/, '$1'))).toEqual(
      expect.arrayContaining(['cognito', 'Max-Age=3600', 'Path=/', 'HttpOnly', 'SameSite=Lax']),
    );
  });

  it('gets a new name at each sign-in, and the old one ends', async () => {
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
  ])('after %s s is there: %s', async (seconds, there) => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    await browser.signIn(authorizationRequest(), ada);
    clock.mockReturnValue(now + seconds * 1000);
    expect(await isSignedIn({ cookie: browser.cookies.get('cognito') })).toBe(there);
  });

  it('of one pool is none of another', async () => {
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
    const answer = await fetch(`${domain.url}/oauth2/authorize?${query}`, { redirect: 'manual', headers });
    return locationOf(answer).startsWith(callback);
  }
});

describe('signing out', () => {
  const signOut = (query: Record<string, string>) =>
    browser.get('/logout', { client_id: 'webapp', ...query });

  beforeEach(() => browser.signIn(authorizationRequest(), ada));

  it('leads to a registered logout_uri', async () => {
    const answer = await signOut({ logout_uri: 'http://127.0.0.1:8400/goodbye' });
    expect([answer.status, locationOf(answer)]).toEqual([302, 'http://127.0.0.1:8400/goodbye']);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('leads to the login page, when the parameters of an authorization request are given', async () => {
    const answer = await signOut(authorizationRequest());
    expect(answer.status).toBe(302);
    const location = new URL(locationOf(answer), domain.url);
    expect([location.pathname, Object.fromEntries(location.searchParams)]).toEqual([
      '/login',
      authorizationRequest(),
    ]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('ends the session also for who has kept the cookie', async () => {
    const cookie = `cognito=${browser.cookies.get('cognito')}`;
    await signOut({ logout_uri: 'http://127.0.0.1:8400/goodbye' });
    const query = new URLSearchParams(authorizationRequest()).toString();
    const answer = await fetch(`${domain.url}/oauth2/authorize?${query}`, {
      redirect: 'manual',
      headers: { Cookie: cookie },
    });
    expect(locationOf(answer)).toMatch(/^\/login/);
  });

  it.each([
    ['a logout_uri that is not registered', { logout_uri: 'https://attacker.example/' }],
    ['more after the logout_uri', { logout_uri: 'http://127.0.0.1:8400/goodbye/' }],
    ['a callback URL as logout_uri', { logout_uri: callback }],
    ['neither logout_uri nor redirect_uri', {}],
  ])('with %s happens, and is answered with a page', async (_what, query) => {
    const answer = await signOut(query);
    expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
    expect(browser.cookies.has('cognito')).toBe(false);
  });

  it('for an unknown client does not happen', async () => {
    const answer = await signOut({ client_id: 'nobody', logout_uri: 'http://127.0.0.1:8400/goodbye' });
    expect(answer.status).toBe(400);
    expect(browser.cookies.has('cognito')).toBe(true);
  });
});
