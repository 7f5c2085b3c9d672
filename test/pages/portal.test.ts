import { readFileSync } from 'node:fs';
import type axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CHROMIUM, keepScreenshot, openPage, startBrowser, type WatchedPage } from '../support/browser';
import { type LocalRun, startLocalRun } from '../support/local-run';
import { describeWith, runProgram } from '../support/programs';

// Starting everything takes some seconds, and so does a browser on a busy machine.
jest.setTimeout(120_000);

const PAGES = [
  '/docs',
  '/docs/authentication',
  '/docs/errors',
  '/docs/errors/invalid_body',
  '/docs/paging',
  '/docs/changing-safely',
  '/docs/changelog',
  '/docs/reference',
  '/docs/reference/things',
  '/docs/reference/operators',
];
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const SCREENS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  ['phone', PHONE],
];
// Less to send to the browser than `axe.source`.
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

describeWith([CHROMIUM, '--version'])('the portal in a browser', () => {
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

  /** What is wrong with a page for those who do not see it, or do not use a mouse; in the dark, only the contrast differs. */
  async function barriers(page: Page): Promise<unknown[]> {
    await page.evaluate(AXE);
    const run = async (options: axe.RunOptions) => {
      // Only the violations: to send what passes takes longer than to find it.
      const script = `axe.run(${JSON.stringify({ ...options, resultTypes: ['violations'] })}).then(({ violations }) => violations)`;
      const violations = await page.evaluate<axe.Result[]>(script);
      return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
    };
    const light = await run({});
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await run({ runOnly: 'color-contrast' });
    await page.emulateMedia({ colorScheme: 'light' });
    return [...light, ...dark];
  }

  /** Keeps a picture of a page in each colour scheme. */
  async function keepScreenshots(page: Page, name: string, options?: { fullPage: boolean }): Promise<void> {
    await keepScreenshot(page, name, options);
    await page.emulateMedia({ colorScheme: 'dark' });
    await keepScreenshot(page, `${name}-dark`, options);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  /** What has to be scrolled sideways to be read, apart from code. */
  const cutOff = (page: Page) =>
    page.evaluate<string[]>(`[...document.querySelectorAll('*')]
      .filter((each) => each.scrollWidth > each.clientWidth && !each.matches('pre, .results span'))
      .filter((each) => each.matches('html') || getComputedStyle(each).overflowX !== 'visible')
      .filter((each) => getComputedStyle(each).clipPath === 'none')
      .map((each) => each.outerHTML.slice(0, 80))`);

  /** Gets a token with these scopes; all without any. */
  async function authorize(page: Page, ...scopes: readonly string[]): Promise<void> {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.getByLabel('Client id').fill(local.client.clientId);
    await page.getByLabel('Client secret').fill(local.client.clientSecret);
    for (const scope of scopes) await page.locator('dialog .choice', { hasText: `/${scope}` }).click();
    await page.getByRole('button', { name: 'Get a token' }).click();
    await page.getByText('Authorized until').waitFor();
  }

  /** Sends the request of an operation, and gives the status that the page shows. */
  async function send(page: Page, operationId: string, body?: object): Promise<number> {
    const operation = page.locator(`section[aria-labelledby=${operationId}]`);
    const form = operation.locator('.try');
    if ((await form.getAttribute('open')) === null) await form.locator('summary').click();
    if (body) await form.getByLabel('Body').fill(JSON.stringify(body));
    const [response] = await Promise.all([
      page.waitForResponse((each) => each.url().includes('/api/')),
      form.getByRole('button', { name: /^Send/ }).click(),
    ]);
    await form.locator('.answer h4', { hasText: String(response.status()) }).waitFor();
    return response.status();
  }

  it('gets a token with the client of client.json and calls GET and POST with it, also after a reload', async () => {
    const { page, complaints, requests } = await open('/docs/reference/things');
    await authorize(page);
    expect(await send(page, 'listThings')).toBe(200);
    expect(await send(page, 'createThing', { label: 'Page' })).toBe(201);
    await page.reload();
    await page.getByText('Authorized until').waitFor();
    expect(await send(page, 'listThings')).toBe(200);
    expect(complaints).toEqual([]);
    const origins = new Set(requests.map((request) => new URL(request.split(' ')[1]!).origin));
    const { apiUrl, tokenUrl, clientSecret } = local.client;
    expect(origins).toEqual(new Set([apiUrl, new URL(tokenUrl).origin]));
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toContain(clientSecret);
    expect(JSON.parse(kept as string)).toEqual([{}, { 'docs-token': expect.any(String) }]);
  });

  it('is refused a POST with a token for things.read alone, and a request without a token', async () => {
    const { page, complaints } = await open('/docs/reference/things');
    expect(await send(page, 'listThings')).toBe(401);
    await authorize(page, 'things.read');
    expect(await send(page, 'createThing', { label: 'Refused' })).toBe(403);
    expect(await send(page, 'listThings')).toBe(200);
    // The browser itself writes down each answer over 399.
    expect(complaints).toEqual([expect.stringContaining('401'), expect.stringContaining('403')]);
  });

  it('can be read without a script, down to the samples of each language', async () => {
    const { page, complaints, requests } = await open('/docs', { javaScriptEnabled: false });
    await page.locator('label', { hasText: 'Java' }).first().click();
    expect(await page.getByText('java FirstCall.java').isVisible()).toBe(true);
    expect(await page.getByText('curl -i').first().isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Errors' }).first().click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Errors');
    expect(requests.filter((request) => request.endsWith('.js'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('remembers the language of the samples for every page', async () => {
    const { page } = await open('/docs');
    await page.locator('label', { hasText: 'Python' }).first().click();
    await page.goto(`${local.client.apiUrl}/docs/reference/things`);
    expect(await page.locator('[data-language=Python]').first().isVisible()).toBe(true);
    expect(await page.locator('[data-language=curl]').first().isVisible()).toBe(false);
  });

  it('finds an error by its code from the keyboard alone', async () => {
    const { page } = await open('/docs');
    await page.keyboard.press('/');
    await page.keyboard.type('version_mism');
    await page.locator('.results a').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/docs/errors/version_mismatch');
  });

  it('has a first thing to focus that skips to the content', async () => {
    const { page } = await open('/docs');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#content');
  });

  it('loads the text that search looks through only when it is used', async () => {
    const { page, requests } = await open('/docs');
    const loaded = () => requests.some((request) => request.endsWith('/docs/search.json'));
    expect(loaded()).toBe(false);
    await page.getByRole('searchbox').fill('cursor');
    await page.locator('.results a').first().waitFor();
    expect(loaded()).toBe(true);
  });

  it('prints its text without what is for the screen alone', async () => {
    const { page } = await open('/docs/errors');
    await page.emulateMedia({ media: 'print' });
    for (const part of ['#sidebar', 'search', '.contents'])
      expect(await page.locator(part).first().isVisible()).toBe(false);
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
  });

  it('keeps the headings of a table for screen readers where its rows are blocks', async () => {
    const { page } = await open('/docs/errors', PHONE);
    const client = await page.context().newCDPSession(page);
    const { nodes } = await client.send('Accessibility.getFullAXTree');
    const names = (role: string) =>
      nodes.filter((node) => node.role?.value === role).map((node) => node.name?.value as string);
    expect(names('columnheader')).toEqual(expect.arrayContaining(['Status', 'Code', 'Meaning', 'Again?']));
    expect(names('cell')).toEqual(
      expect.arrayContaining(['invalid_body', 'The request body does not fit its schema']),
    );
  });

  it('takes a newcomer from opening /docs to a 200 by pasting what stands there', async () => {
    const { clientId, clientSecret } = local.client;
    const begin = performance.now();
    const { page } = await open('/docs', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page
      .locator('.block', { hasText: 'curl -i' })
      .first()
      .getByRole('button', { name: 'Copy' })
      .click();
    const pasted = await page.evaluate<string>('navigator.clipboard.readText()');
    const lines = pasted.replace('your client id', clientId).replace('your client secret', clientSecret);
    const { code, stdout } = await runProgram(['bash', '-c', lines]);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    process.stdout.write(`from opening /docs to the first 200: ${seconds} s\n`);
  });

  describe.each(SCREENS)('on a %s screen', (name, options) => {
    it.each(PAGES)('%s fits, breaks no rule of axe and obeys its own policy', async (path) => {
      const { page, complaints } = await open(path, options);
      expect(await cutOff(page)).toEqual([]);
      expect(await barriers(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it('shows its pages: home, errors, an error, search, an operation that was tried', async () => {
      const { page } = await open('/docs', options);
      await keepScreenshots(page, `home-${name}`);
      await page.goto(`${local.client.apiUrl}/docs/errors`);
      await keepScreenshots(page, `errors-${name}`);
      await page.goto(`${local.client.apiUrl}/docs/errors/version_mismatch`);
      await keepScreenshots(page, `error-${name}`);
      await page.getByRole('searchbox').fill('token');
      await page.locator('.results a').first().waitFor();
      expect(await barriers(page)).toEqual([]);
      await keepScreenshots(page, `search-${name}`);
      await page.goto(`${local.client.apiUrl}/docs/reference/things`);
      await authorize(page);
      await send(page, 'listThings');
      expect(await barriers(page)).toEqual([]);
      expect(await cutOff(page)).toEqual([]);
      await page.locator('section[aria-labelledby=listThings]').scrollIntoViewIfNeeded();
      await keepScreenshots(page, `reference-${name}`, { fullPage: false });
      await page.locator('section[aria-labelledby=listThings] .answer').scrollIntoViewIfNeeded();
      await keepScreenshots(page, `tried-${name}`, { fullPage: false });
    });
  });
});
