import { readFileSync } from 'node:fs';

/** How the service is set up: frozen, typed, complete. Made once, by {@link readConfig}. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Base URL under which callers reach the API, without a trailing slash. */
  readonly publicUrl: string;
  readonly trustProxyHops: number;
  readonly metricsPort: number;
  readonly logLevel: string;
  readonly cognito: {
    readonly userPoolId: string;
    readonly issuer: string;
    readonly clientIds: readonly string[];
    readonly tokenUrl: string | undefined;
  };
  readonly resourceServerIdentifier: string;
  readonly jwks: {
    readonly uri: string;
    /** Whether `uri` is plain HTTP to another host, which the operator has allowed by name. */
    readonly unprotected: boolean;
    readonly refreshSeconds: number;
    readonly maxStaleSeconds: number;
  };
  readonly database: DatabaseConfig;
  readonly migrateOnStart: boolean;
  readonly shutdown: { readonly delaySeconds: number; readonly graceSeconds: number };
}

/** How PostgreSQL is reached. */
export interface DatabaseConfig {
  readonly server:
    | { readonly connectionString: string }
    | {
        readonly host: string;
        readonly port: number;
        readonly database: string;
        readonly user: string;
        readonly password: string | undefined;
      };
  /** PEM text of the authority that signed the server's certificate; with it, TLS is required and verified. */
  readonly ca: string | undefined;
  readonly poolSize: number;
}

/** Every problem of the environment at once. The message names each variable and never repeats a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  /** @param problems one sentence each, beginning with the variable's name */
  constructor(problems: readonly string[]) {
    super(['The configuration is not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

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
    'App clients that may call, comma-separated',
    '1example23456789,2example23456789',
  ),
  RESOURCE_SERVER_IDENTIFIER: variable(
    // Cognito's pattern for identifiers, which is RFC 6749's alphabet for a scope.
    matching(/^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/, 'an identifier without spaces, quotes or backslashes'),
    'required',
    "The Cognito resource server's identifier: scope users.read arrives as <identifier>/users.read",
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
    'How often the keys are fetched anew; a withdrawn key stops working after at most this time',
    '300',
  ),
  JWKS_MAX_STALE_SECONDS: variable(
    integer(1, 604_800),
    '86400',
    'How long the last good keys may serve while fetching them fails',
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
  DATABASE_CA_FILE: variable(
    pemFile,
    'none',
    "Certificates (PEM) of the authority that signed the database server's certificate; makes verified TLS a must",
    '/etc/ssl/certs/rds-global-bundle.pem',
  ),
  DATABASE_POOL_SIZE: variable(integer(1, 1000), '10', 'Database connections per process', '10'),
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
} as const satisfies Record<string, Variable<unknown>>;

type Name = keyof typeof variables;
type Value<N extends Name> = ReturnType<(typeof variables)[N]['parse']>;

/** Reads variables one by one and gathers what is wrong with them. */
class Reader {
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
      if (!(error instanceof Unusable)) throw error;
      this.problems.push(`${name}: ${error.message}`);
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

/**
 * The environment as a frozen {@link Config}.
 *
 * @throws ConfigError that lists every problem
 */
export function readConfig(environment: Environment): Config {
  const reader = new Reader(environment);
  const userPoolId = reader.required('COGNITO_USER_POOL_ID') ?? '';
  const clientIds = reader.required('COGNITO_CLIENT_IDS') ?? [];
  const resourceServerIdentifier = reader.required('RESOURCE_SERVER_IDENTIFIER') ?? '';
  const port = reader.withDefault('PORT');
  const metricsPort = reader.withDefault('METRICS_PORT');
  reader.rule(port !== metricsPort || port === 0, ['METRICS_PORT', 'PORT'], 'another port than PORT');
  const issuer = readIssuer(reader, userPoolId);
  const config: Config = {
    host: reader.withDefault('HOST'),
    port,
    publicUrl: reader.optional('PUBLIC_URL') ?? `http://localhost:${port}`,
    trustProxyHops: reader.withDefault('TRUST_PROXY_HOPS'),
    metricsPort,
    logLevel: reader.withDefault('LOG_LEVEL'),
    cognito: { userPoolId, issuer, clientIds, tokenUrl: reader.optional('COGNITO_TOKEN_URL') },
    resourceServerIdentifier,
    jwks: readJwks(reader, issuer),
    database: readDatabase(reader),
    migrateOnStart: reader.withDefault('MIGRATE_ON_START'),
    shutdown: readShutdown(reader),
  };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return deepFreeze(config);
}

/**
 * The part of the environment that migrations need.
 *
 * @throws ConfigError that lists every problem of that part
 */
export function readDatabaseConfig(environment: Environment): DatabaseConfig {
  const reader = new Reader(environment);
  const database = readDatabase(reader);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return deepFreeze(database);
}

function readIssuer(reader: Reader, userPoolId: string): string {
  const region = userPoolId.split('_')[0];
  const original = `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
  const updated = `https://issuer-cognito-idp.${region}.amazonaws.com/${userPoolId}`;
  const issuer = reader.optional('COGNITO_ISSUER') ?? original;
  reader.rule(
    issuer === original || issuer === updated,
    ['COGNITO_ISSUER', 'COGNITO_USER_POOL_ID'],
    'one of the two issuer URLs of COGNITO_USER_POOL_ID',
  );
  return issuer;
}

function readJwks(reader: Reader, issuer: string): Config['jwks'] {
  const uri = reader.optional('COGNITO_JWKS_URI');
  const allowHttp = reader.withDefault('COGNITO_JWKS_ALLOW_HTTP');
  const unprotected = uri?.protocol === 'http:' && !isLoopback(uri.hostname);
  reader.rule(
    !unprotected || allowHttp,
    ['COGNITO_JWKS_URI'],
    'https:; http: only to a loopback host, or with COGNITO_JWKS_ALLOW_HTTP=true',
  );
  const refreshSeconds = reader.withDefault('JWKS_REFRESH_SECONDS');
  const maxStaleSeconds = reader.withDefault('JWKS_MAX_STALE_SECONDS');
  reader.rule(
    maxStaleSeconds >= refreshSeconds,
    ['JWKS_MAX_STALE_SECONDS', 'JWKS_REFRESH_SECONDS'],
    'at least JWKS_REFRESH_SECONDS',
  );
  return {
    uri: uri?.href ?? `${issuer}/.well-known/jwks.json`,
    unprotected,
    refreshSeconds,
    maxStaleSeconds,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function readDatabase(reader: Reader): DatabaseConfig {
  const common = {
    ca: reader.optional('DATABASE_CA_FILE'),
    poolSize: reader.withDefault('DATABASE_POOL_SIZE'),
  };
  if (!reader.isSet('DATABASE_URL') && !reader.isSet('PGHOST'))
    reader.required('DATABASE_URL', ', or set PGHOST, PGDATABASE and PGUSER');
  const connectionString = reader.optional('DATABASE_URL');
  if (reader.isSet('DATABASE_URL') || !reader.isSet('PGHOST'))
    return { server: { connectionString: connectionString ?? '' }, ...common };
  return {
    server: {
      host: reader.required('PGHOST') ?? '',
      port: reader.withDefault('PGPORT'),
      database: reader.required('PGDATABASE') ?? '',
      user: reader.required('PGUSER') ?? '',
      password: reader.optional('PGPASSWORD'),
    },
    ...common,
  };
}

function readShutdown(reader: Reader): Config['shutdown'] {
  const delaySeconds = reader.withDefault('SHUTDOWN_DELAY_SECONDS');
  const graceSeconds = reader.withDefault('SHUTDOWN_GRACE_SECONDS');
  reader.rule(
    graceSeconds > delaySeconds,
    ['SHUTDOWN_GRACE_SECONDS', 'SHUTDOWN_DELAY_SECONDS'],
    'more than SHUTDOWN_DELAY_SECONDS',
  );
  return { delaySeconds, graceSeconds };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member) deepFreeze(member as object);
  return Object.freeze(value);
}
