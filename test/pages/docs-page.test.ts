import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CHROMIUM, keepScreenshot, openPage, startBrowser, type WatchedPage } from '../support/browser';
import { type LocalRun, startLocalRun } from '../support/local-run';
import { describeWith } from '../support/programs';

// Starting everything takes some seconds, and so does a browser on a busy machine.
jest.setTimeout(60_000);

const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  ['desktop-dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }],
  [
    'phone-dark',
    {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
      isMobile: true,
      hasTouch: true,
      colorScheme: 'dark',
    },
  ],
];

describeWith([CHROMIUM, '--version'])('in a browser', () => {
  let local: LocalRun;
  let browser: Browser;
  let opened: WatchedPage | undefined;

  beforeAll(async () => {
    [local, browser] = await Promise.all([startLocalRun(), startBrowser()]);
  });

  afterEach(async () => {
    await opened?.page.context().close();
    opened = undefined;
  });

  afterAll(async () => {
    await browser.close();
    await local.stop();
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    opened = await openPage(browser, options);
    await opened.page.goto(local.client.apiUrl + path);
    return opened;
  }

  async function openDocs(options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const watched = await open('/docs', options);
    await watched.page.locator('.opblock').first().waitFor();
    return watched;
  }

  /** Presses Authorize, enters the client, and ticks the scopes of these names. */
  async function authorize(page: Page, ...scopes: readonly string[]): Promise<void> {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.getByLabel('client_id').fill(local.client.clientId);
    await page.getByLabel('client_secret').fill(local.client.clientSecret);
    for (const scope of scopes) await page.locator('.scopes label', { hasText: `/${scope}` }).click();
  }

  async function confirm(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    await page.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  }

  /** Opens an operation, sends its request, and gives the status that the page shows. */
  async function execute(page: Page, operationId: string, body?: object): Promise<string> {
    const operation = page.locator(`#operations-users-${operationId}`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    if (body) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body));
    await operation.getByRole('button', { name: 'Execute' }).click();
    const shown = await operation.locator('.live-responses-table .response-col_status').last().innerText();
    return shown.trim().split(/\s/)[0]!;
  }

  /** Origins of everything that the page asked for. */
  function origins(requests: readonly string[]): string[] {
    const urls = requests.map((request) => request.split(' ')[1]!).filter((url) => !url.startsWith('data:'));
    return [...new Set(urls.map((url) => new URL(url).origin))].sort();
  }

  it('gets a token with the client of client.json and calls GET and POST with it', async () => {
    const { page, complaints, requests } = await openDocs();
    await authorize(page, 'users.read', 'users.write');
    await confirm(page);
    expect(await execute(page, 'listUsers')).toBe('200');
    expect(await execute(page, 'createUser', { email: 'page@example.com', name: 'Page' })).toBe('201');
    expect(complaints).toEqual([]);
    const { apiUrl, tokenUrl } = local.client;
    expect(origins(requests)).toEqual([apiUrl, new URL(tokenUrl).origin].sort());
  });

  it('is refused a POST with a token for users.read alone', async () => {
    const { page, complaints } = await openDocs();
    await authorize(page, 'users.read');
    await confirm(page);
    expect(await execute(page, 'createUser', { email: 'refused@example.com', name: 'Refused' })).toBe('403');
    expect(await execute(page, 'listUsers')).toBe('200');
    // The browser itself writes down each answer over 399.
    expect(complaints).toEqual([expect.stringContaining('the server responded with a status of 403')]);
  });

  it('forgets the client when the page is left', async () => {
    const { page } = await openDocs();
    await authorize(page, 'users.read');
    await confirm(page);
    await page.reload();
    await page.locator('.opblock').first().waitFor();
    expect(await execute(page, 'listUsers')).toBe('401');
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).toBe('[{},{}]');
  });

  it('loads nothing of the interactive page for the guide, which runs no script', async () => {
    const { page, complaints, requests } = await open('/docs/guide', { javaScriptEnabled: false });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Integration guide');
    const paths = requests.map((request) => new URL(request.split(' ')[1]!).pathname);
    expect(paths).toEqual(expect.arrayContaining(['/docs/guide', '/docs/docs.css', '/docs/guide.css']));
    expect(paths.filter((path) => /swagger|\.js/.test(path))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('links to the guide, and the guide back', async () => {
    const { page } = await openDocs();
    await page.getByRole('link', { name: 'Integration guide' }).click();
    await page.getByRole('link', { name: 'Try the API' }).click();
    expect(new URL(page.url()).pathname).toBe('/docs');
  });

  it('shows where tokens come from and what the scopes are called', async () => {
    const { page } = await open('/docs/guide');
    const facts = await page.locator('#need dl').innerText();
    expect(facts).toContain(local.client.tokenUrl);
    for (const scope of local.client.scopes) expect(facts).toContain(scope);
  });

  describe.each(looks)('on a %s screen', (name, options) => {
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

    it('fits /docs', async () => {
      const { page, complaints } = await openDocs(options);
      await keepScreenshot(page, `docs-${name}`);
      expect(await page.evaluate(wide)).toBe(0);

      await authorize(page, 'users.read', 'users.write');
      await keepScreenshot(page, `docs-authorize-${name}`);
      await confirm(page);
      await execute(page, 'listUsers');
      await keepScreenshot(page, `docs-answer-${name}`);
      expect(await page.evaluate(wide)).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('fits /docs/guide', async () => {
      const { page, complaints } = await open('/docs/guide', options);
      await keepScreenshot(page, `guide-${name}`);
      expect(await page.evaluate(wide)).toBe(0);
      expect(complaints).toEqual([]);
    });
  });
});
