/** The parts of a browser that managed login needs: it keeps cookies, follows no redirect, and submits forms. */
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

  /** Submits the form of a login page, with its hidden fields. */
  async submit(page: Response, fields: Readonly<Record<string, string>>): Promise<Response> {
    const text = await page.text();
    const action = attributeOf(text, /<form[^>]* action="([^"]*)"/);
    const hidden = attributeOf(text, /<input type="hidden" name="_csrf" value="([^"]*)"/);
    return this.post(action, { _csrf: hidden, ...fields });
  }

  /** Signs in, without the session of an earlier sign-in. @returns the address that the browser is finally sent to */
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
    const response = await fetch(this.#origin + path, { redirect: 'manual', headers: { Cookie }, ...init });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** Where a response redirects to. */
export function locationOf(response: Response): string {
  const location = response.headers.get('Location');
  if (location === null) throw new Error(`no redirect but ${response.status}`);
  return location;
}

function attributeOf(page: string, pattern: RegExp): string {
  const value = pattern.exec(page)?.[1];
  if (value === undefined) throw new Error(`no form on the page:\n${page}`);
  return value.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
