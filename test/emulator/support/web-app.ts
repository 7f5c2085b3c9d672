import { Browser, locationOf } from './browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  machineClient,
  password,
  readThings,
  secrets,
  startDomain,
  withSecrets,
} from './domain';

type Parameters = Readonly<Record<string, string>>;

/** A response of the endpoints for programs; the tests assert which members are present. */
export interface Reply {
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

/** An authorization request of the client `webapp` for a code, with changes; `undefined` removes a parameter. */
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

/** An application with the browser of its user. Its client is `webapp`, unless the parameters name another. */
export class WebApp {
  readonly #url: string;
  readonly #browser: Browser;

  constructor(url: string) {
    this.#url = url;
    this.#browser = new Browser(url);
  }

  /** Signs a user in. @returns the address that the browser is sent to */
  signIn(request: Parameters = {}, username = 'ada'): Promise<URL> {
    return this.#browser.signIn(authorizationRequest(request), { username, password });
  }

  /** The same for a user who has a session. */
  async authorize(request: Parameters = {}): Promise<URL> {
    const response = await this.#browser.get('/oauth2/authorize', authorizationRequest(request));
    return new URL(locationOf(response));
  }

  async newCode(request: Parameters = {}): Promise<string> {
    return (await this.authorize(request)).searchParams.get('code') ?? '';
  }

  /** Tokens of the code flow. */
  async newTokens(request: Parameters = {}): Promise<Reply['body']> {
    const { client_id = 'webapp' } = request;
    return (await this.redeem(await this.newCode(request), { client_id })).body;
  }

  /** Tokens of the implicit flow. */
  async newImplicitTokens(request: Parameters = {}): Promise<Reply['body']> {
    const { hash } = await this.authorize({ ...request, response_type: 'token' });
    return Object.fromEntries(new URLSearchParams(hash.slice(1))) as unknown as Reply['body'];
  }

  redeem(code: string, changes: Parameters = {}, authorization?: string): Promise<Reply> {
    const form = { grant_type: 'authorization_code', client_id: 'webapp', redirect_uri: callback, code };
    return this.post('/oauth2/token', { ...form, ...changes }, authorization);
  }

  refresh(refresh_token: string, changes: Parameters = {}): Promise<Reply> {
    const form = { grant_type: 'refresh_token', client_id: 'webapp', refresh_token };
    return this.post('/oauth2/token', { ...form, ...changes });
  }

  revoke(token: string, client_id = 'webapp'): Promise<Reply> {
    return this.post('/oauth2/revoke', { token, client_id });
  }

  post(path: string, form: Parameters, authorization?: string): Promise<Reply> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(form) }, authorization);
  }

  userInfo(authorization?: string, method = 'GET'): Promise<Reply> {
    return this.#send('/oauth2/userInfo', { method }, authorization);
  }

  async #send(path: string, init: RequestInit, authorization?: string): Promise<Reply> {
    const headers = new Headers(authorization === undefined ? {} : { Authorization: authorization });
    const response = await fetch(this.#url + path, { ...init, headers });
    const text = await response.text();
    const body = (text === '' ? {} : JSON.parse(text)) as Reply['body'];
    return { status: response.status, headers: response.headers, body };
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
export const scopes = ['openid', 'email', 'phone', 'profile', readThings];

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
  withSecrets(interactiveClient('confidential'), ...secrets),
  interactiveClient('rotating', {
    refreshTokenValiditySeconds: 7200,
    refreshTokenRotation: { feature: 'ENABLED', retryGracePeriodSeconds: 10 },
  }),
  interactiveClient('rotatingatonce', {
    refreshTokenRotation: { feature: 'ENABLED', retryGracePeriodSeconds: 0 },
    enableTokenRevocation: false,
  }),
  interactiveClient('implicitonly', { allowedOAuthFlows: ['implicit'] }),
  machineClient('machine'),
];

/**
 * An application that `ada` has just signed in to, for each test of a file. Each test starts with the same pool and a
 * frozen clock.
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
    /** Sets the clock to this number of seconds after the sign-in. */
    later: (seconds: number) => void clock.mockReturnValue((signInTime + seconds) * 1000 + 999),
  };
}
