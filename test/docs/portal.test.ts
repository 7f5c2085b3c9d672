import { z } from 'zod';
import { anyClient } from '../../src/api/endpoint';
import { openApiDocument, type OpenApiOptions } from '../../src/api/openapi';
import { problemTypes } from '../../src/api/problem-responses';
import { forThirdParties, type Resource } from '../../src/api/resource';
import type { Content } from '../../src/docs/content';
import type { ApiDescription } from '../../src/docs/description';
import { Html, plainText } from '../../src/docs/html';
import { createPortal, type Portal } from '../../src/docs/portal';
import { problems, problemTypeUri } from '../../src/http/problem';
import { testContent } from '../support/test-content';
import { things } from '../support/things/resource';

const options = {
  about: {
    title: 'Test API',
    version: '1.0.0',
    summary: 'An API for tests',
    contact: 'Testers',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  identifier: 'https://api.example.com',
  issuer: 'https://issuer.example',
  publicUrl: 'https://things.example.com',
  tokenUrl: 'https://pool.example/oauth2/token',
};
const [list] = things.endpoints as readonly [(typeof things.endpoints)[number]];

function portalOf(
  resources: readonly Resource[] = [things],
  changes: Partial<OpenApiOptions> = {},
  content: Content = testContent(),
): Portal {
  const describe = (described: readonly Resource[]) => ({
    description: openApiDocument(described, { ...options, ...changes }) as unknown as ApiDescription,
    problems: problemTypes(described),
  });
  return createPortal({
    content,
    whole: describe(resources),
    forThirdParties: describe(forThirdParties(resources)),
  });
}

function pageOf(portal: Portal, path: string): string {
  const page = portal.pages.find((each) => each.path === path);
  if (!page) throw new Error(`there is no page ${path}`);
  return page.html;
}

const textOf = (portal: Portal, path: string) => plainText(new Html(pageOf(portal, path)));

function withEndpoint(change: object): Resource {
  return { ...things, endpoints: [{ ...list, ...change }] };
}

describe('the first page', () => {
  it('has what a first call needs: base URL, token URL, scopes and lines to paste', () => {
    const text = textOf(portalOf(), '/docs');
    for (const fact of [
      'Base URL https://things.example.com',
      'Token URL https://pool.example/oauth2/token',
      'https://api.example.com/things.read Read things',
      "'https://things.example.com/api/v1/things'",
      "'https://pool.example/oauth2/token'",
    ])
      expect(text).toContain(fact);
  });

  it('names the discovery document where the token endpoint is not known', () => {
    expect(textOf(portalOf([things], { tokenUrl: undefined }), '/docs')).toContain(
      'Token URL token_endpoint of https://issuer.example/.well-known/openid-configuration',
    );
  });
});

it('has a page on limits', () => {
  expect(textOf(portalOf(), '/docs/limits')).toContain('RateLimit-Policy');
  expect(textOf(portalOf(), '/docs/errors/rate_limit_exceeded')).toContain('Yes, after as many seconds');
});

it('has a page on idempotency that lists the operations that take a key', () => {
  expect(textOf(portalOf(), '/docs/idempotency')).toContain('Which operations take it # Create a thing POST');
  expect(pageOf(portalOf(), '/docs/errors')).toContain('href="/docs/idempotency"');
});

it('has no page on idempotency where no operation takes a key', () => {
  const portal = portalOf([withEndpoint({})]);
  expect(portal.pages.map(({ path }) => path)).not.toContain('/docs/idempotency');
});

it('has no page on paging, and no program that reads a list, where there is no list', () => {
  const portal = portalOf([withEndpoint({ query: undefined })]);
  expect(portal.pages.map(({ path }) => path)).not.toContain('/docs/paging');
  expect(textOf(portal, '/docs')).not.toContain('A complete program');
});

it('has no resource to lead to where third parties can call none', () => {
  const portal = portalOf([]);
  expect(pageOf(portal, '/docs')).toMatch(/<a href="\/docs\/reference">Try it here<\/a>/);
  expect(textOf(portal, '/docs')).toContain("'https://things.example.com/api'");
});

it('calls a guide by the name of its file where it has no title', () => {
  const portal = portalOf([things], {}, { ...testContent(), paging: '<p>Page by page</p>' });
  expect(textOf(portal, '/docs')).toMatch(/ Idempotency paging Changing safely /);
});

it('refuses content that lacks a guide', () => {
  const { paging: _, ...content } = testContent();
  expect(() => portalOf([things], {}, content)).toThrow('the content has no paging');
});

it('lists deprecated operations in the changelog, and says in the reference what to use in their place', () => {
  const deprecation = { since: '2026-11-01', sunset: '2027-05-01', advice: 'Use `GET /api/v2/things`.' };
  const portal = portalOf([withEndpoint({ deprecation })]);
  expect(textOf(portal, '/docs/changelog')).toContain(
    'Deprecated operations # List things GET /api/v1/things',
  );
  expect(pageOf(portal, '/docs/reference/things')).toContain(
    'Deprecated since 2026-11-01, to be removed on 2027-05-01. Use <code>GET /api/v2/things</code>.',
  );
  expect(textOf(portalOf(), '/docs/changelog')).not.toContain('Deprecated operations');
});

describe('what is for operators', () => {
  const portal = portalOf([
    things,
    {
      ...things,
      name: 'repairs',
      forOperators: true,
      scopes: { 'repairs.write': 'Repair things' },
      endpoints: [{ ...list, path: '/api/v1/repairs', operationId: 'listRepairs', summary: 'List repairs' }],
    } as unknown as Resource,
  ]);

  it('has a page in the reference, whose index lists none of its operations', () => {
    expect(textOf(portal, '/docs/reference/operators')).toContain('GET /api/v1/repairs');
    expect(textOf(portal, '/docs/reference')).toContain('Operators # Operations for those who run the API.');
    expect(textOf(portal, '/docs/reference')).not.toContain('/api/v1/repairs');
  });

  it('is in no guide, and search does not find it', () => {
    for (const path of ['/docs', '/docs/authentication']) expect(textOf(portal, path)).not.toMatch(/repair/i);
    expect(JSON.stringify(portal.search)).not.toMatch(/repair/i);
  });
});

it('has no link that leads nowhere, whatever the API has', () => {
  const creation = things.endpoints.find(({ method }) => method === 'POST')!;
  const everything = {
    ...things,
    endpoints: [
      ...things.endpoints.filter((each) => each !== creation),
      {
        ...creation,
        requestHeaders: { 'Idempotency-Key': 'A key' },
        problems: [
          ...['idempotency_key_reused', 'idempotency_key_in_use', 'invalid_idempotency_key'].map((code) => ({
            status: 422,
            code,
            detail: 'x',
          })),
          { status: 429, code: 'rate_limit_exceeded', detail: 'x' },
        ],
      },
    ],
  };
  for (const portal of [portalOf(), portalOf([everything]), portalOf([withEndpoint({ query: undefined })])]) {
    const ids = new Map(
      portal.pages.map(({ path, html }) => [path, [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)]),
    );
    const links = portal.pages.flatMap(({ path, html }) =>
      [...html.matchAll(/ href="([/#][^"]*)"/g)].map(([, href = '']) =>
        href.startsWith('#') ? path + href : href,
      ),
    );
    const broken = links
      .filter((link) => !/^\/(openapi\.json|docs\/[\w-]+\.(css|svg|woff2))$/.test(link))
      .filter((link) => {
        const [path = '', id] = link.split('#');
        return !ids.has(path) || (id !== undefined && id !== 'content' && !ids.get(path)!.includes(id));
      });
    expect([...new Set(broken)]).toEqual([]);
  }
});

it('has no id twice on a page', () => {
  for (const { path, html } of portalOf().pages) {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect({ path, ids: [...new Set(ids)] }).toEqual({ path, ids });
  }
});

it('speaks of no resource but those of the API', () => {
  const order = z.object({ id: z.string().max(9) }).meta({ id: 'Order', examples: [{ id: '7' }] });
  const orders = {
    name: 'orders',
    scopes: { 'orders.read': 'Read orders' },
    store: () => undefined,
    endpoints: [
      {
        ...list,
        path: '/api/v1/orders',
        operationId: 'listOrders',
        summary: 'List orders',
        scopes: ['orders.read'],
        response: { status: 200, description: 'All orders', schema: z.array(order).max(9) },
      },
    ],
  } as unknown as Resource;
  const portal = portalOf([orders]);
  const found = portal.pages.flatMap(
    ({ html }) => html.match(/\/api\/v1\/(?!(?:orders|me)\b)\w+|\b(?!orders\.)\w+\.(?:read|write)\b/gi) ?? [],
  );
  expect(found).toEqual([]);
  expect(textOf(portal, '/docs')).toContain("'https://things.example.com/api/v1/orders'");
  expect(textOf(portal, '/docs/reference/orders')).toContain('array of Order');
});

it('shows what it is given as text, whatever it holds', () => {
  const portal = portalOf([withEndpoint({ summary: 'List <b>things</b> & "more"' })], {
    tokenUrl: 'https://pool.example/<script>&$&',
  });
  for (const { html } of portal.pages) expect(html).not.toMatch(/<b>|\/<script>/);
  expect(textOf(portal, '/docs/reference/things')).toContain('List <b>things</b> & "more"');
  expect(textOf(portal, '/docs')).toContain('https://pool.example/<script>&$&');
});

describe('errors', () => {
  const portal = portalOf();

  it.each(problemTypes([things]).map((type) => [type.code, type] as const))(
    '%s has a page that says what it means, what to do, and whether to send the request again',
    (code, type) => {
      const { status, detail } = type;
      const text = textOf(portal, `/docs/errors/${code}`);
      expect(text).toContain(`${status} ${code}`);
      expect(text).toContain(`Meaning ${detail.replaceAll('`', '')}.`);
      expect(text).toMatch(/What to do \S.* Send again\? (No\.|Yes|Once|Only)/);
      expect(text).toContain(`"type": "${problemTypeUri('https://things.example.com', type)}"`);
      expect(textOf(portal, '/docs/errors')).toContain(` ${status} ${code} `);
    },
  );

  it.each([
    ['Once', ['invalid_token', 'token_expired', 'token_revoked']],
    [
      'Yes',
      [
        'clients_unavailable',
        'database_unavailable',
        'idempotency_key_in_use',
        'keys_unavailable',
        'rate_limit_exceeded',
        'request_timeout',
      ],
    ],
    ['Only', ['answer_timeout', 'internal_error', 'outcome_unknown', 'version_mismatch']],
  ])('say "%s" of sending the request again for these and no others', (answer, codes) => {
    const said = problemTypes([things])
      .map(({ code }) => code)
      .filter((code) => textOf(portal, `/docs/errors/${code}`).includes(`Send again? ${answer}`));
    expect(said.sort()).toEqual(codes);
  });

  it('say of each problem that any API has what to do about that one', () => {
    const advice = problemTypes([things])
      .filter(({ code }) => !['label_taken', 'thing_not_found'].includes(code))
      .map((type) => type.advice);
    expect(advice).not.toContain(undefined);
    expect(new Set(advice).size).toBe(advice.length);
  });

  it('distinguish a wrong path from an item that does not exist', () => {
    expect(textOf(portal, '/docs/errors/not_found')).toMatch(/do not delete your copy/);
    expect(textOf(portal, '/docs/errors/thing_not_found')).toMatch(/the item does not exist/);
  });

  it.each([
    ['internal_error', 'Every operation.'],
    ['label_taken', 'Create a thing POST /api/v1/things Change a thing PATCH /api/v1/things/{id}'],
    ['method_not_allowed', 'No operation declares it'],
  ])('name the operations that answer with them: %s', (code, operations) => {
    expect(textOf(portal, `/docs/errors/${code}`)).toContain(`Operations that return it # ${operations}`);
  });
});

describe('the reference', () => {
  const portal = portalOf();
  const text = textOf(portal, '/docs/reference/things');
  const creation = text.slice(text.lastIndexOf('Create a thing #'), text.lastIndexOf('Read a thing #'));

  it('shows what an operation takes and gives', () => {
    expect(creation).toMatch(/POST \/api\/v1\/things Needs https:\/\/api\.example\.com\/things\.write/);
    expect(creation).toContain('Body application/json label string required');
    expect(creation).toContain('201 The thing that was created id string (uuid)');
    expect(creation).toContain('"label": "Lamp"');
  });

  it('names the errors that are an operation’s own, and leaves out those that all have', () => {
    const errors = creation.slice(creation.indexOf('Errors'), creation.indexOf('Language'));
    expect(errors).toContain('label_taken');
    expect(errors).not.toContain(problems.internalError.code);
    expect(errors).not.toContain('token_expired');
    expect(errors).toContain('and those of every operation');
  });

  it('has a sample of each request in four languages', () => {
    const html = pageOf(portal, '/docs/reference/things');
    for (const language of ['curl', 'TypeScript', 'Python', 'Java'])
      expect([...html.matchAll(new RegExp(`data-language="${language}"`, 'g'))]).toHaveLength(5);
    expect(creation).toContain(`-d '{ "label": "Lamp" }'`);
  });

  it('says which scopes an operation needs, all of them or none', () => {
    const needing = (scopes: unknown) => {
      const changed = portalOf([withEndpoint({ scopes })]);
      return [textOf(changed, '/docs/reference'), textOf(changed, '/docs/reference/things')];
    };
    const [index, page] = needing(['things.read', 'things.write']);
    const both = 'https://api.example.com/things.read https://api.example.com/things.write';
    expect(index).toContain(`List things ${both}`);
    expect(page).toContain(`Needs ${both}.`);
    const [openIndex, openPage] = needing(anyClient);
    expect(openIndex).toContain('List things no scope');
    expect(openPage).toContain('Open to every client, whatever its scopes.');
  });

  it('has in the address of a sample an encoded value for each part of the path', () => {
    const path = '/api/v1/things/{id}/notes/{note}';
    const params = {
      id: {
        schema: z
          .string()
          .max(9)
          .meta({ examples: ['a/b'] }),
        description: 'The thing',
      },
      note: { schema: z.int().min(3).max(9), description: 'The note', example: 7 },
    };
    const sampled = portalOf([withEndpoint({ path, params })]);
    expect(textOf(sampled, '/docs/reference/things')).toContain(
      "'https://things.example.com/api/v1/things/a%2Fb/notes/7'",
    );
  });

  it('shows in a page of a list the cursor of the next', () => {
    expect(text).toContain('"next": "01990000-0000-7000-8000-000000000001"');
  });

  it('asks for a token, not for a client, where the token endpoint is not known', () => {
    const unknown = portalOf([things], { tokenUrl: undefined });
    expect(textOf(unknown, '/docs/reference/things')).toContain('Paste a token');
  });
});

describe('search', () => {
  const { search } = portalOf();

  it('finds each part of a page by its heading', () => {
    expect(search).toContainEqual(
      expect.objectContaining({
        url: '/docs/authentication#keep-the-token',
        page: 'Authentication',
        heading: 'Keep the token',
        text: expect.stringContaining('three quarters'),
      }),
    );
    expect(search).toContainEqual(
      expect.objectContaining({ url: '/docs/reference/things#createThing', heading: 'Create a thing' }),
    );
    expect(search).toContainEqual(expect.objectContaining({ url: '/docs/errors/label_taken' }));
  });

  it('finds a page itself by what comes before its first heading alone', () => {
    const page = search.find(({ url }) => url === '/docs/authentication')!;
    expect(page).toMatchObject({
      heading: 'Authentication',
      text: expect.stringMatching(/^Every request/),
    });
    expect(page.text).not.toContain('Keep the token');
  });

  it('shows of a page its text, without its title, labels and the page that leads to it', () => {
    const page = search.find(({ url }) => url === '/docs/errors/label_taken')!;
    expect(page.text).toMatch(/^409 label_taken Another thing has this label/);
  });

  it('leaves out code, forms and the codes of statuses alone', () => {
    const all = JSON.stringify(search);
    expect(all).not.toMatch(/renew_token\(\)|Client secret/);
    expect(search.map(({ url }) => url)).not.toContain('/docs/errors/payment_required');
  });
});

describe('a table', () => {
  it('names the roles of its parts, which a style may take away', () => {
    const page = pageOf(portalOf(), '/docs/errors');
    const parts = [...page.matchAll(/<(table|thead|tbody|tr|th|td)\b([^>]*)>/g)];
    const roles = new Set(
      parts.map(([, name, attributes]) => `${name} ${/role="(\w+)"/.exec(attributes!)?.[1]}`),
    );
    expect([...roles].sort()).toEqual([
      'table table',
      'tbody rowgroup',
      'td cell',
      'th columnheader',
      'thead rowgroup',
      'tr row',
    ]);
  });
});
