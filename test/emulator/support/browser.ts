/** As much of a browser as managed login needs: it keeps cookies, follows no redirect, and knows forms. */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Response> {
    const parameters = new URLSearchParams(query).toString();
    return this.#send(parameters ? `${path}?${parameters}` : path, {});
  }

  post(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Fills in the form of a login page, with the hidden fields that it came with. */
  async submit(page: Response, fields: Readonly<Record<string, string>>): Promise<Response> {
    const text = await page.text();
    const action = attributeOf(text, /<form[^>]* action="([^"]*)"/);
    const hidden = attributeOf(text, /<input type="hidden" name="_csrf" value="([^"]*)"/);
    return this.post(action, { _csrf: hidden, ...fields });
  }

  /** Signs in, whoever has before, and goes to the address that the browser is sent to in the end. */
  async signIn(
    request: Readonly<Record<string, string>>,
    user: { readonly username: string; readonly password: string },
  ): Promise<URL> {
    this.#cookies.delete('cognito');
    const login = await this.get(locationOf(await this.get('/oauth2/authorize', request)));
    return new URL(locationOf(await this.submit(login, user)));
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const Cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.#origin + path, { redirect: 'manual', headers: { Cookie }, ...init });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** Where an answer leads. */
export function locationOf(answer: Response): string {
  const location = answer.headers.get('Location');
  if (location === null) throw new Error(`no redirect but ${answer.status}`);
  return location;
}

function attributeOf(page: string, pattern: RegExp): string {
  const value = pattern.exec(page)?.[1];
  if (value === undefined) throw new Error(`no form on the page:\n${page}`);
  return value.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
