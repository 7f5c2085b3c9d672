/** The part of an OpenAPI document that says how to get a token. */
interface Description {
  readonly components?: {
    readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  };
}

interface SecurityScheme {
  readonly openIdConnectUrl?: string;
  readonly flows?: {
    readonly clientCredentials?: {
      readonly tokenUrl: string;
      readonly scopes: Readonly<Record<string, string>>;
    };
  };
}

/**
 * The integration guide with what is peculiar to this service in its place: the token endpoint and the scopes.
 *
 * @param template the page, with a `<!-- facts -->` mark
 * @param description the OpenAPI document, from which the facts are taken
 */
export function guidePage(template: string, description: object): string {
  const [scheme = {}] = Object.values((description as Description).components?.securitySchemes ?? {});
  const facts = [...tokenFacts(scheme), ...scopeFacts(scheme)];
  return template.replace('<!-- facts -->', () => `<dl>${facts.join('')}</dl>`);
}

function tokenFacts({ flows, openIdConnectUrl = '' }: SecurityScheme): string[] {
  const tokenUrl = flows?.clientCredentials?.tokenUrl;
  return tokenUrl === undefined
    ? [`<dt>Token endpoint</dt><dd><code>token_endpoint</code> of ${code(openIdConnectUrl)}</dd>`]
    : [`<dt>Token endpoint</dt><dd>${code(tokenUrl)}</dd>`];
}

function scopeFacts({ flows }: SecurityScheme): string[] {
  return Object.entries(flows?.clientCredentials?.scopes ?? {}).map(
    ([name, meaning]) => `<dt>Scope: ${escaped(meaning)}</dt><dd>${code(name)}</dd>`,
  );
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
