import { Browser } from '../support/browser';
import { callback, confirmedUser, interactiveClient, password, startDomain } from '../support/domain';
import { authorizationRequest } from '../support/web-app';

const hostile = `"><script>alert('1')</script>&`;
const clients = [
  interactiveClient('webapp', { callbackUrls: [callback, 'myapp://signed-in'] }),
  interactiveClient('hostile', { clientName: hostile }),
];
const ada = { username: 'ada', password };

let domain: Awaited<ReturnType<typeof startDomain>>;
let browser: Browser;

beforeAll(async () => {
  domain = await startDomain({ clients, users: [confirmedUser('ada')] });
});
beforeEach(() => {
  browser = new Browser(domain.url);
});
afterAll(() => domain.stop());

describe('managed login', () => {
  it.each([
    ['the login page', () => browser.get('/login', authorizationRequest()), `'self' http://127.0.0.1:8400`],
    [
      "the login page of an app's own scheme",
      () => browser.get('/login', authorizationRequest({ redirect_uri: 'myapp://signed-in' })),
      `'self' myapp:`,
    ],
    ['the page after a wrong password', async () => wrongPassword('ada'), `'self' http://127.0.0.1:8400`],
    ['the error page', () => browser.get('/login'), `'none'`],
  ])('sends %s so that it runs no script and cannot be framed or cached', async (_which, get, formAction) => {
    const { headers } = await get();
    expect(headers.get('Content-Security-Policy')).toMatch(
      new RegExp(
        `^default-src 'none'; style-src 'sha256-[\\w+/=]+'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'$`,
      ),
    );
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it.each([
    ['state', () => browser.get('/login', authorizationRequest({ state: hostile }))],
    ['login_hint', () => browser.get('/login', authorizationRequest({ login_hint: hostile }))],
    ['nonce', () => browser.get('/login', authorizationRequest({ nonce: hostile }))],
    ['the name of a parameter', () => browser.get('/login', authorizationRequest({ [hostile]: '1' }))],
    ['the name of a client', () => browser.get('/login', authorizationRequest({ client_id: 'hostile' }))],
    ['client_id', () => browser.get('/login', authorizationRequest({ client_id: hostile }))],
    ['redirect_uri', () => browser.get('/login', authorizationRequest({ redirect_uri: hostile }))],
    ['logout_uri', () => browser.get('/logout', { client_id: 'webapp', logout_uri: hostile })],
    ['the username', () => wrongPassword(hostile)],
    ['the cookie that the form repeats', () => loginWithCookie(`XSRF-TOKEN="><script>alert('1')</script>&`)],
  ])('shows hostile text in %s as text', async (_where, get) => {
    const page = await (await get()).text();
    expect(page).not.toMatch(/<script|alert\('1'\)/);
  });

  it('shows the name of the client, escaped', async () => {
    const page = await (await browser.get('/login', authorizationRequest({ client_id: 'hostile' }))).text();
    expect(page).toContain('&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;');
  });

  it('returns a hostile state to the client unchanged', async () => {
    const location = await browser.signIn(authorizationRequest({ state: hostile }), ada);
    expect(location.searchParams.get('state')).toBe(hostile);
  });

  it('shows the entered username again, but not the password', async () => {
    const page = await (await wrongPassword('ada')).text();
    expect(page).toContain('value="ada"');
    expect(page).not.toContain('wrong-password');
  });

  const wrongPassword = async (username: string) =>
    browser.submit(await browser.get('/login', authorizationRequest()), {
      username,
      password: 'wrong-password',
    });

  const loginWithCookie = (Cookie: string) =>
    fetch(`${domain.url}/login?${new URLSearchParams(authorizationRequest()).toString()}`, {
      headers: { Cookie },
    });
});

it('redirects are not cached and send no referrer', async () => {
  const { headers } = await browser.submit(await browser.get('/login', authorizationRequest()), ada);
  expect([headers.get('Cache-Control'), headers.get('Referrer-Policy')]).toEqual(['no-store', 'no-referrer']);
});

it('no password, code, token or typed text is logged', async () => {
  const { searchParams } = await browser.signIn(authorizationRequest(), ada);
  const { hash } = await new Browser(domain.url).signIn(
    authorizationRequest({ response_type: 'token' }),
    ada,
  );
  const page = await browser.get('/login', authorizationRequest());
  await browser.submit(page, { username: 'mistyped-secret', password: 'wrong-password' });
  const log = domain.log.join('');
  expect(log).toContain('sign-in refused');
  expect(log).not.toMatch(/mistyped-secret|wrong-password/);
  expect(log).not.toContain(password);
  expect(log).not.toContain(searchParams.get('code'));
  expect(log).not.toContain(new URLSearchParams(hash.slice(1)).get('access_token'));
});
