import { accessSync, constants, readFileSync } from 'node:fs';

/** Names and values, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable<Value> {
  /** What it means, for `.env.example` and the README. */
  readonly meaning: string;
  /** What applies when it is not set, for people. */
  readonly whenUnset: 'required' | (string & {});
  readonly example: string;
  /** Text ▶ value; throws {@link Unusable} with what was expected. */
  readonly parse: (text: string) => Value;
}

/** Says what was expected of a value. */
class Unusable extends Error {}

function variable<Value>(
  parse: (text: string) => Value,
  whenUnset: string,
  meaning: string,
  example: string,
): Variable<Value> {
  return { parse, whenUnset, meaning, example };
}

function integer(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new Unusable(`expected a whole number from ${min} to ${max}`);
    return value;
  };
}

function matching(pattern: RegExp, expected: string) {
  return (text: string): string => {
    if (!pattern.test(text)) throw new Unusable(`expected ${expected}`);
    return text;
  };
}

function ratio(text: string): number {
  if (!/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/.test(text)) throw new Unusable('expected a number from 0 to 1');
  return Number(text);
}

function boolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Unusable('expected true or false');
  return text === 'true';
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash)
    throw new Unusable('expected an http or https URL without credentials or fragment');
  return url;
}

function origin(text: string): string {
  const url = httpUrl(text);
  if (url.pathname !== '/' || url.search) throw new Unusable('expected an http or https URL without a path');
  return url.origin;
}

function postgresUrl(text: string): string {
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol))
    throw new Unusable('expected a URL that begins with postgres:// or postgresql://');
  return text;
}

function clientIds(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim());
  // The pattern is Cognito's own for ClientId; it leaves no room for "*" or an empty entry.
  if (!ids.every((id) => /^[\w+]{1,128}$/.test(id)))
    throw new Unusable('expected app client ids, comma-separated, without empty entries or wildcards');
  return [...new Set(ids)];
}

/** The path of a file that is there now, and read later. */
function readableFile(path: string): string {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new Unusable('expected the path of a file that can be read');
  }
  return path;
}

function pemFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new Unusable('expected the path of a file that can be read');
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Unusable('expected a file that holds certificates in PEM form');
  return text;
}

const text = matching(/./, 'a text that is not empty');
/** Of rates and quotas; as in the client registry. */
const MAX_LIMIT = 1_000_000_000;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Every variable that the service reads, in the order in which people should meet them. */
export const variables = {
  PORT: variable(integer(0, 65_535), '3000', 'Port on which the API listens', '3000'),
  HOST: variable(text, '0.0.0.0', 'Address on which the API listens', '0.0.0.0'),
  COGNITO_USER_POOL_ID: variable(
    // The same pattern as aws-jwt-verify's, so that what passes here cannot be refused there.
    matching(/^((eusc-)?[a-z]{2})-(gov-)?[a-z]+-\d_[a-zA-Z0-9]+$/, 'an id such as eu-central-1_AbCdEf123'),
    'required',
    'The user pool that issues the tokens; the Region is part of its id',
    'eu-central-1_AbCdEf123',
  ),
  COGNITO_ISSUER: variable(
    (value) => httpUrl(value).href.replace(/\/$/, ''),
    'https://cognito-idp.<region>.amazonaws.com/<pool id>',
    "Which of the pool's two issuer URLs is asked for keys and published as authorization server (tokens of both are accepted)",
    'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123',
  ),
  COGNITO_CLIENT_IDS: variable(
    clientIds,
    'required',
    'App clients that may call though the client registry does not have them, comma-separated',
    '1example23456789,2example23456789',
  ),
  CLIENT_REGISTRY_MAX_STALE_SECONDS: variable(
    integer(1, 604_800),
    '3600',
    'How long the last state of the client registry may serve while it cannot be read',
    '3600',
  ),
  RATE_LIMIT_PER_SECOND: variable(
    integer(0, MAX_LIMIT),
    '100',
    'Requests a second of a client without limits of its own, over all tasks; 0: any number',
    '100',
  ),
  RATE_LIMIT_BURST: variable(
    integer(0, MAX_LIMIT),
    '200',
    'Requests that such a client may send at once after a pause',
    '200',
  ),
  RATE_LIMIT_PER_DAY: variable(
    integer(0, MAX_LIMIT),
    '0',
    'Requests of such a client per UTC day; 0: any number',
    '0',
  ),
  RESOURCE_SERVER_IDENTIFIER: variable(
    // Cognito's pattern for identifiers, which is RFC 6749's alphabet for a scope.
    matching(/^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/, 'an identifier without spaces, quotes or backslashes'),
    'required',
    "The Cognito resource server's identifier: scope invoices.read arrives as <identifier>/invoices.read",
    'https://api.example.com',
  ),
  COGNITO_JWKS_URI: variable(
    httpUrl,
    '<COGNITO_ISSUER>/.well-known/jwks.json',
    "Fetch the keys from here instead of the pool's own URL; http: only to a loopback host",
    'http://localhost:4000/eu-central-1_Local0001/.well-known/jwks.json',
  ),
  COGNITO_JWKS_ALLOW_HTTP: variable(
    boolean,
    'false',
    'Lets COGNITO_JWKS_URI be http: to any host; for closed test networks only, warned about at start',
    'false',
  ),
  JWKS_REFRESH_SECONDS: variable(
    integer(1, 86_400),
    '300',
    'How often the keys are fetched; a withdrawn key stops working after this time, while they can be fetched',
    '300',
  ),
  JWKS_MAX_STALE_SECONDS: variable(
    integer(1, 604_800),
    '86400',
    'How long the last good keys may serve while fetching them fails; at least 5 more than JWKS_REFRESH_SECONDS',
    '86400',
  ),
  COGNITO_TOKEN_URL: variable(
    (value) => httpUrl(value).href,
    'not shown',
    "The pool domain's /oauth2/token, shown in the API description",
    'https://example.auth.eu-central-1.amazoncognito.com/oauth2/token',
  ),
  PUBLIC_URL: variable(
    origin,
    'http://localhost:<PORT>',
    'Base URL under which callers reach the API',
    'https://api.example.com',
  ),
  DATABASE_URL: variable(
    postgresUrl,
    'the PG variables',
    'PostgreSQL connection string',
    'postgresql://api:secret@localhost:5432/api',
  ),
  PGHOST: variable(text, 'DATABASE_URL', 'PostgreSQL server, where DATABASE_URL is not set', 'localhost'),
  PGPORT: variable(integer(1, 65_535), '5432', 'Its port', '5432'),
  PGDATABASE: variable(text, 'DATABASE_URL', 'Its database', 'api'),
  PGUSER: variable(text, 'DATABASE_URL', 'The role that connects', 'api'),
  PGPASSWORD: variable((value) => value, 'none', "The role's password", 'secret'),
  PGPASSWORD_FILE: variable(
    readableFile,
    'none',
    "File with the role's password, read for each new connection",
    '/run/secrets/database-password',
  ),
  DATABASE_IAM_AUTH: variable(
    boolean,
    'false',
    'Log in with IAM tokens of Amazon RDS in place of a password',
    'false',
  ),
  DATABASE_CA_FILE: variable(
    pemFile,
    'none',
    "Certificates (PEM) of the authority that signed the database server's certificate; makes verified TLS a must",
    '/etc/ssl/certs/rds-global-bundle.pem',
  ),
  DATABASE_POOL_SIZE: variable(
    integer(1, 1000),
    '10',
    'Database connections for requests, per process',
    '10',
  ),
  MIGRATE_ON_START: variable(
    boolean,
    'false',
    'Run pending migrations at start, before the service is ready; safe with many tasks',
    'false',
  ),
  TRUST_PROXY_HOPS: variable(integer(0, 10), '1', 'Load balancers in front of the service', '1'),
  METRICS_PORT: variable(
    integer(0, 65_535),
    '9464',
    'Port of the Prometheus metrics, which the load balancer does not reach (0: any free port)',
    '9464',
  ),
  LOG_LEVEL: variable(
    matching(new RegExp(`^(${logLevels.join('|')})$`), `one of ${logLevels.join(', ')}`),
    'info',
    'Least severe level that is logged',
    'info',
  ),
  SHUTDOWN_DELAY_SECONDS: variable(
    integer(0, 300),
    '5',
    'From SIGTERM, when readiness turns 503, to closing the listener',
    '5',
  ),
  SHUTDOWN_GRACE_SECONDS: variable(
    integer(1, 3600),
    '25',
    'From SIGTERM to the last answer; below the stopTimeout of the ECS task (30 s)',
    '25',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    httpUrl,
    'no traces',
    'Base URL of the collector that takes traces by OTLP over HTTP (protobuf); the OpenTelemetry SDK reads its other `OTEL_*` variables itself',
    'http://localhost:4318',
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(
    ratio,
    '0.01',
    'Share of the requests that are traced, at most 100 a second; callers have no part in the choice',
    '0.01',
  ),
  OTEL_SERVICE_NAME: variable(
    matching(/^[\x21-\x7e]{1,255}$/, 'up to 255 ASCII characters without spaces'),
    'cognito-resource-server',
    'Name of the service in traces',
    'cognito-resource-server',
  ),
} as const satisfies Record<string, Variable<unknown>>;

type Name = keyof typeof variables;
type Value<N extends Name> = ReturnType<(typeof variables)[N]['parse']>;

/** Reads variables one by one and gathers what is wrong with them. */
export class Reader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Whether it has a value. An empty one counts as none, as Compose and ECS pass unset variables so. */
  isSet(name: Name): boolean {
    return Boolean(this.#environment[name]);
  }

  /** Its value, or `undefined` where it is not set or not usable; the latter becomes a problem. */
  optional<N extends Name>(name: N): Value<N> | undefined {
    const given = this.#environment[name];
    if (!given) return undefined;
    try {
      return variables[name].parse(given) as Value<N>;
    } catch (error) {
      this.problems.push(`${name}: ${(error as Unusable).message}`);
      return undefined;
    }
  }

  /** Its value; where it is not set, the default of the table. */
  withDefault<N extends Name>(name: N): Value<N> {
    const { parse, whenUnset } = variables[name];
    return (this.optional(name) ?? parse(whenUnset)) as Value<N>;
  }

  /** A rule between variables, which counts only where each is usable by itself. The first is to blame. */
  rule(holds: boolean, names: readonly [Name, ...Name[]], expected: string): void {
    const judged = names.some((name) => this.problems.some((problem) => problem.startsWith(`${name}:`)));
    if (!holds && !judged) this.problems.push(`${names[0]}: expected ${expected}`);
  }

  /** Its value; not being set is a problem. */
  required<N extends Name>(name: N, hint = ''): Value<N> | undefined {
    if (!this.isSet(name))
      this.problems.push(`${name}: missing; for example ${variables[name].example}${hint}`);
    return this.optional(name);
  }
}
