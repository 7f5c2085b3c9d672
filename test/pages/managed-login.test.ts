import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { confirmedUser, interactiveClient, password, startDomain } from '../emulator/support/domain';
import { CHROMIUM, keepScreenshot, openPage, startBrowser, type WatchedPage } from '../support/browser';
import { describeWith } from '../support/programs';

// A browser takes some seconds to start on a busy machine.
jest.setTimeout(60_000);

const hostile = `"><script>alert('1')</script>`;

describeWith([CHROMIUM, '--version'])('managed login in a browser', () => {
  let browser: Browser;
  let application: Server;
  let callback: string;
  let domain: Awaited<ReturnType<typeof startDomain>>;
  let opened: WatchedPage;

  beforeAll(async () => {
    application = createServer((_req, res) => res.setHeader('Content-Type', 'text/plain').end('signed in'));
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
    const client = interactiveClient('webapp', {
      clientName: 'A web application',
      callbackUrls: [callback],
      logoutUrls: [callback],
    });
    const users = [confirmedUser('ada'), confirmedUser('grace', { status: 'FORCE_CHANGE_PASSWORD' })];
    [domain, browser] = await Promise.all([startDomain({ clients: [client], users }), startBrowser()]);
  });
  afterEach(() => opened.page.context().close());
  afterAll(async () => {
    await Promise.all([browser.close(), domain.stop()]);
    application.close();
  });

  async function open(changes: Record<string, string> = {}, options: BrowserContextOptions = {}) {
    opened = await openPage(browser, options);
    await goTo('/oauth2/authorize', changes);
    return opened;
  }

  async function goTo(path: string, changes: Record<string, string> = {}): Promise<void> {
    const query = { client_id: 'webapp', response_type: 'code', redirect_uri: callback, ...changes };
    await opened.page.goto(`${domain.url}${path}?${new URLSearchParams(query).toString()}`);
  }

  async function signIn(username: string, password: string): Promise<void> {
    await opened.page.getByLabel('Username').fill(username);
    await opened.page.getByLabel('Password').fill(password);
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
  }

  it('leads a user to the application, at once the second time, and to the page again after signing out', async () => {
    const { page, complaints } = await open({ state: 'first' });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Sign in');
    await signIn('ada', password);
    await page.waitForURL(/\/callback\?code=.*&state=first$/);
    expect(await page.innerText('body')).toBe('signed in');

    await goTo('/oauth2/authorize', { state: 'second' });
    expect(page.url()).toMatch(/\/callback\?code=.*&state=second$/);

    await goTo('/logout', { logout_uri: callback });
    expect(page.url()).toBe(callback);
    await goTo('/oauth2/authorize');
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(complaints).toEqual([]);
  });

  it('leads to tokens in the fragment', async () => {
    const { page } = await open({ response_type: 'token' });
    await signIn('ada', password);
    await page.waitForURL(/\/callback#id_token=ey.*&access_token=ey/);
  });

  it('says what is wrong, and lets the user try again without a mouse', async () => {
    const { page } = await open();
    await signIn('ada', 'wrong');
    expect(await page.getByRole('alert').innerText()).toBe('Incorrect username or password.');
    expect(await page.getByLabel('Username').inputValue()).toBe('ada');
    await page.getByLabel('Password').focus();
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/callback\?code=/);
  });

  it('runs nothing of what it is sent', async () => {
    const { page, complaints } = await open({ state: hostile });
    page.on('dialog', () => {
      throw new Error('a script ran');
    });
    await signIn(hostile, 'wrong');
    expect(await page.getByLabel('Username').inputValue()).toBe(hostile);
    await goTo('/login', { client_id: hostile });
    // The browser itself writes down each answer over 399.
    expect(complaints.filter((complaint) => !complaint.includes('the server responded'))).toEqual([]);
  });

  it('cannot be put into a frame', async () => {
    const { page } = await open();
    const src = JSON.stringify(page.url());
    await page.goto(callback);
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: ${src} }))`,
    );
    await refused;
  });

  it.each([
    ['desktop', { viewport: { width: 1280, height: 900 } }],
    ['phone-dark', { viewport: { width: 390, height: 844 }, isMobile: true, colorScheme: 'dark' as const }],
  ])('fits on a %s screen', async (name, options) => {
    const { page, complaints } = await open({}, options);
    await keepScreenshot(page, `login-${name}`);
    await signIn('grace', password);
    await keepScreenshot(page, `login-temporary-password-${name}`);
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(wide)).toBe(0);
    await goTo('/login', { client_id: 'nobody' });
    await keepScreenshot(page, `login-error-${name}`);
    expect(complaints.filter((complaint) => !complaint.includes('the server responded'))).toEqual([]);
  });
});
