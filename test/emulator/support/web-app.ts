import { newClientSecret } from '../../../emulator/store/client-secret';
import { Browser, locationOf } from './browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  machineClient,
  password,
  readUsers,
  secrets,
  startDomain,
} from './domain';

type Parameters = Readonly<Record<string, string>>;

/** What the endpoints for programs answer; which members are there is for a test to say. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly access_token: string;
    readonly id_token: string;
    readonly refresh_token: string;
    readonly error: string;
  };
}

/** HTTP Basic. */
export const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** An authorization request of the client `webapp` for a code, but for what is changed; `undefined` takes a parameter away. */
export function authorizationRequest(
  changes: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const parameters: Record<string, string | undefined> = {
    client_id: 'webapp',
    response_type: 'code',
    redirect_uri: callback,
    state: 'af0ifjsldkj',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** An application of the client `webapp`, unless the parameters name another, and the browser that it is used with. */
export class WebApp {
  readonly #url: string;
  readonly #browser: Browser;

  constructor(url: string) {
    this.#url = url;
    this.#browser = new Browser(url);
  }

  /** Lets a user sign in, and gives the address that the browser is sent to. */
  signIn(request: Parameters = {}, username = 'ada'): Promise<URL> {
    return this.#browser.signIn(authorizationRequest(request), { username, password });
  }

  /** The same once the user has signed in. */
  async authorize(request: Parameters = {}): Promise<URL> {
    const answer = await this.#browser.get('/oauth2/authorize', authorizationRequest(request));
    return new URL(locationOf(answer));
  }

  async newCode(request: Parameters = {}): Promise<string> {
    return (await this.authorize(request)).searchParams.get('code') ?? '';
  }

  /** Tokens of the code flow. */
  async newTokens(request: Parameters = {}): Promise<Answer['body']> {
    const { client_id = 'webapp' } = request;
    return (await this.redeem(await this.newCode(request), { client_id })).body;
  }

  /** Tokens of the implicit flow. */
  async newImplicitTokens(request: Parameters = {}): Promise<Answer['body']> {
    const { hash } = await this.authorize({ ...request, response_type: 'token' });
    return Object.fromEntries(new URLSearchParams(hash.slice(1))) as unknown as Answer['body'];
  }

  redeem(code: string, changes: Parameters = {}, authorization?: string): Promise<Answer> {
    const form = { grant_type: 'authorization_code', client_id: 'webapp', redirect_uri: callback, code };
    return this.post('/oauth2/token', { ...form, ...changes }, authorization);
  }

  refresh(refresh_token: string, client_id = 'webapp'): Promise<Answer> {
    return this.post('/oauth2/token', { grant_type: 'refresh_token', client_id, refresh_token });
  }

  revoke(token: string, client_id = 'webapp'): Promise<Answer> {
    return this.post('/oauth2/revoke', { token, client_id });
  }

  post(path: string, form: Parameters, authorization?: string): Promise<Answer> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(form) }, authorization);
  }

  userInfo(authorization?: string, method = 'GET'): Promise<Answer> {
    return this.#send('/oauth2/userInfo', { method }, authorization);
  }

  async #send(path: string, init: RequestInit, authorization?: string): Promise<Answer> {
    const headers = new Headers(authorization === undefined ? {} : { Authorization: authorization });
    const answer = await fetch(this.#url + path, { ...init, headers });
    const text = await answer.text();
    const body = (text === '' ? {} : JSON.parse(text)) as Answer['body'];
    return { status: answer.status, headers: answer.headers, body };
  }
}

/** When the user of {@link signedInWebApp} signs in: seconds since the epoch. */
export const signInTime = 1_790_000_000;
export const sub = '0f3b8f6e-54d5-4c0a-8b6e-3f6f2f3f0002';
export const groups = ['readers', 'writers'];
export const attributes = {
  email: 'ada@example.com',
  email_verified: 'true',
  name: 'Ada',
  phone_number: '+4930123456',
  phone_number_verified: 'false',
  'custom:team': 'blue',
};
export const scopes = ['openid', 'email', 'phone', 'profile', readUsers];

const clients = [
  interactiveClient('webapp', {
    allowedOAuthScopes: scopes,
    callbackUrls: [callback, `${callback}/2`],
    accessTokenValiditySeconds: 600,
    idTokenValiditySeconds: 900,
    refreshTokenValiditySeconds: 7200,
  }),
  interactiveClient('other'),
  interactiveClient('irrevocable', { enableTokenRevocation: false }),
  interactiveClient('confidential', { secrets: secrets.map((value) => newClientSecret(0, value)) }),
  interactiveClient('implicitonly', { allowedOAuthFlows: ['implicit'] }),
  machineClient('machine'),
];

/**
 * For each test of a file, an application that `ada` has just signed in to, over a pool that is as it was; the clock
 * stands still.
 */
export function signedInWebApp() {
  let domain: Awaited<ReturnType<typeof startDomain>>;
  let app: WebApp;
  let clock: jest.SpyInstance<number>;

  beforeAll(async () => {
    domain = await startDomain({ clients });
  });
  beforeEach(async () => {
    domain.changePool((pool) => {
      const users = [confirmedUser('ada', { sub, attributes, groups }), confirmedUser('loner')];
      Object.assign(pool, { issuer: 'ORIGINAL', users, refreshTokens: [] });
    });
    clock = jest.spyOn(Date, 'now').mockReturnValue(signInTime * 1000 + 999);
    app = new WebApp(domain.url);
    await app.signIn();
  });
  afterAll(() => domain.stop());

  return {
    get app() {
      return app;
    },
    get domain() {
      return domain;
    },
    /** Sets the clock to so many seconds after the sign-in. */
    later: (seconds: number) => void clock.mockReturnValue((signInTime + seconds) * 1000 + 999),
  };
}
