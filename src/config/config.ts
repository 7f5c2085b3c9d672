import { issuersOf } from '../auth/issuers';
import type { Limits } from '../clients/limits';
import type { ConnectionOptions } from '../database/database';
import type { Password } from '../database/password';
import { type Environment, Reader } from './variables';
import { STALE_MARGIN_SECONDS } from '../auth/jwks-client';

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
  readonly clients: {
    /** How old the snapshot of the client registry may become while it cannot be read. */
    readonly maxStaleSeconds: number;
    /** Limits of clients that have none of their own. */
    readonly defaultLimits: Limits;
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
  /** Where traces are sent; `undefined` where none are made. */
  readonly tracing:
    | {
        /** Without a trailing slash and the path of the signal. */
        readonly endpoint: string;
        readonly serviceName: string;
        /** Share of the requests that are traced. */
        readonly ratio: number;
      }
    | undefined;
  readonly shutdown: { readonly delaySeconds: number; readonly graceSeconds: number };
}

/** How PostgreSQL is reached, and by how many connections. */
export interface DatabaseConfig extends ConnectionOptions {
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
    clients: {
      maxStaleSeconds: reader.withDefault('CLIENT_REGISTRY_MAX_STALE_SECONDS'),
      defaultLimits: {
        requestsPerSecond: reader.withDefault('RATE_LIMIT_PER_SECOND'),
        burst: reader.withDefault('RATE_LIMIT_BURST'),
        requestsPerDay: reader.withDefault('RATE_LIMIT_PER_DAY'),
      },
    },
    resourceServerIdentifier,
    jwks: readJwks(reader, issuer),
    database: readDatabase(reader),
    migrateOnStart: reader.withDefault('MIGRATE_ON_START'),
    tracing: readTracing(reader),
    shutdown: readShutdown(reader),
  };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return deepFreeze(config);
}

/**
 * The part of the environment that a run of the migrations alone needs: the database, and where traces go.
 *
 * @throws ConfigError that lists every problem of that part
 */
export function readMigrationConfig(environment: Environment): Pick<Config, 'database' | 'tracing'> {
  const reader = new Reader(environment);
  const config = { database: readDatabase(reader), tracing: readTracing(reader) };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return deepFreeze(config);
}

function readIssuer(reader: Reader, userPoolId: string): string {
  const { original, updated } = issuersOf(userPoolId);
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
    maxStaleSeconds >= refreshSeconds + STALE_MARGIN_SECONDS,
    ['JWKS_MAX_STALE_SECONDS', 'JWKS_REFRESH_SECONDS'],
    `at least ${STALE_MARGIN_SECONDS} more than JWKS_REFRESH_SECONDS`,
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
  if (reader.isSet('DATABASE_URL') || !reader.isSet('PGHOST')) {
    const withVariables = 'PGHOST, PGDATABASE and PGUSER in place of DATABASE_URL';
    reader.rule(!reader.isSet('PGPASSWORD_FILE'), ['PGPASSWORD_FILE', 'DATABASE_URL'], withVariables);
    const useIam = reader.withDefault('DATABASE_IAM_AUTH');
    reader.rule(!useIam, ['DATABASE_IAM_AUTH', 'DATABASE_URL'], withVariables);
    return { server: { connectionString: reader.optional('DATABASE_URL') ?? '' }, ...common };
  }
  return {
    server: {
      host: reader.required('PGHOST') ?? '',
      port: reader.withDefault('PGPORT'),
      database: reader.required('PGDATABASE') ?? '',
      user: reader.required('PGUSER') ?? '',
      password: readPassword(reader),
    },
    ...common,
  };
}

/** The Region of an RDS endpoint: `<name>.<hash>.<region>.rds.amazonaws.com`. */
const RDS_REGION = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com(?:\.cn)?$/;

function readPassword(reader: Reader): Password | undefined {
  const file = reader.optional('PGPASSWORD_FILE');
  const useIam = reader.withDefault('DATABASE_IAM_AUTH');
  const given = [reader.isSet('PGPASSWORD'), reader.isSet('PGPASSWORD_FILE'), useIam].filter(Boolean);
  reader.rule(
    given.length <= 1,
    ['PGPASSWORD', 'PGPASSWORD_FILE', 'DATABASE_IAM_AUTH'],
    'only one of PGPASSWORD, PGPASSWORD_FILE and DATABASE_IAM_AUTH',
  );
  if (useIam) {
    const iamRegion = RDS_REGION.exec(reader.optional('PGHOST') ?? '')?.[1];
    reader.rule(
      iamRegion !== undefined,
      ['PGHOST', 'DATABASE_IAM_AUTH'],
      'an RDS endpoint, for DATABASE_IAM_AUTH',
    );
    // A token is as good as a password, and RDS takes one over TLS only.
    reader.rule(
      reader.isSet('DATABASE_CA_FILE'),
      ['DATABASE_IAM_AUTH', 'DATABASE_CA_FILE'],
      'DATABASE_CA_FILE to be set too',
    );
    return iamRegion === undefined ? undefined : { iamRegion };
  }
  return file === undefined ? reader.optional('PGPASSWORD') : { file };
}

function readTracing(reader: Reader): Config['tracing'] {
  const endpoint = reader.optional('OTEL_EXPORTER_OTLP_ENDPOINT');
  const ratio = reader.withDefault('OTEL_TRACES_SAMPLER_ARG');
  const serviceName = reader.withDefault('OTEL_SERVICE_NAME');
  return endpoint && { endpoint: endpoint.href.replace(/\/$/, ''), serviceName, ratio };
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
