import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig, readMigrationConfig } from '../../src/config/config';
import { variables } from '../../src/config/variables';

type Environment = Record<string, string | undefined>;

const POOL_ID = 'eu-central-1_AbCdEf123';
const ORIGINAL = `https://cognito-idp.eu-central-1.amazonaws.com/${POOL_ID}`;
const UPDATED = `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${POOL_ID}`;
const DATABASE_URL = 'postgresql://api:hunter2@db.example.com:5432/api';

const required = {
  COGNITO_USER_POOL_ID: POOL_ID,
  COGNITO_CLIENT_IDS: '1example23456789',
  RESOURCE_SERVER_IDENTIFIER: 'https://api.example.com',
  DATABASE_URL,
};
const pgVariables = { DATABASE_URL: undefined, PGHOST: 'db', PGDATABASE: 'api', PGUSER: 'role' };

function read(environment: Environment = {}): Config {
  return readConfig({ ...required, ...environment });
}

function errorOf(read: () => unknown): ConfigError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The variables that a problem was found with, in order. */
function faulty(environment: Environment): string[] {
  return errorOf(() => read(environment)).problems.map((problem) => problem.split(':')[0]!);
}

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('with nothing but what is required', () => {
  it('has these defaults', () => {
    expect(read()).toEqual({
      host: '0.0.0.0',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      trustProxyHops: 1,
      metricsPort: 9464,
      logLevel: 'info',
      cognito: {
        userPoolId: POOL_ID,
        issuer: ORIGINAL,
        clientIds: ['1example23456789'],
        tokenUrl: undefined,
      },
      clients: {
        maxStaleSeconds: 3600,
        defaultLimits: { requestsPerSecond: 100, burst: 200, requestsPerDay: 0 },
      },
      resourceServerIdentifier: 'https://api.example.com',
      jwks: {
        uri: `${ORIGINAL}/.well-known/jwks.json`,
        unprotected: false,
        refreshSeconds: 300,
        maxStaleSeconds: 86_400,
      },
      database: { server: { connectionString: DATABASE_URL }, ca: undefined, poolSize: 10 },
      migrateOnStart: false,
      shutdown: { delaySeconds: 5, graceSeconds: 25 },
    });
  });

  it('has them where every other variable is empty', () => {
    const empty = Object.fromEntries(Object.keys(variables).map((name) => [name, '']));
    expect(readConfig({ ...empty, ...required })).toEqual(read());
  });

  it('looks at no variable that it does not know', () => {
    expect(read({ NODE_ENV: 'production', PORTS: 'x', port: 'x' })).toEqual(read());
  });

  it('changes no variable', () => {
    const environment = Object.freeze({ ...required });
    expect(() => readConfig(environment)).not.toThrow();
  });
});

describe('reads', () => {
  it.each(['0', '0.000001', '1', '1.000000'])('OTEL_TRACES_SAMPLER_ARG %s', (ratio) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_TRACES_SAMPLER_ARG: ratio };
    expect(read(environment).tracing?.ratio).toBe(Number(ratio));
  });

  it.each<[string, Environment, (config: Config) => unknown, unknown]>([
    ['PORT', { PORT: '8080' }, (c) => c.port, 8080],
    [
      'PORT as the port of the default PUBLIC_URL',
      { PORT: '8080' },
      (c) => c.publicUrl,
      'http://localhost:8080',
    ],
    ['PORT 0', { PORT: '0' }, (c) => c.port, 0],
    ['PORT 0 beside METRICS_PORT 0', { PORT: '0', METRICS_PORT: '0' }, (c) => c.metricsPort, 0],
    ['PORT 65535', { PORT: '65535' }, (c) => c.port, 65_535],
    ['HOST', { HOST: '::1' }, (c) => c.host, '::1'],
    ['METRICS_PORT', { METRICS_PORT: '9999' }, (c) => c.metricsPort, 9999],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://a.example' }, (c) => c.publicUrl, 'https://a.example'],
    [
      'PUBLIC_URL without its slash',
      { PUBLIC_URL: 'https://a.example/' },
      (c) => c.publicUrl,
      'https://a.example',
    ],
    ['PUBLIC_URL with a port', { PUBLIC_URL: 'http://a:81' }, (c) => c.publicUrl, 'http://a:81'],
    ['TRUST_PROXY_HOPS 0', { TRUST_PROXY_HOPS: '0' }, (c) => c.trustProxyHops, 0],
    ['TRUST_PROXY_HOPS 10', { TRUST_PROXY_HOPS: '10' }, (c) => c.trustProxyHops, 10],
    ['no collector', { OTEL_TRACES_SAMPLER_ARG: '1' }, (c) => c.tracing, undefined],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' },
      (c) => c.tracing,
      { endpoint: 'http://collector:4318', serviceName: 'cognito-resource-server', ratio: 0.01 },
    ],
    [
      'OTEL_TRACES_SAMPLER_ARG',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/x', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      (c) => [c.tracing?.endpoint, c.tracing?.ratio],
      ['http://collector:4318/x', 0.25],
    ],
    ['LOG_LEVEL', { LOG_LEVEL: 'debug' }, (c) => c.logLevel, 'debug'],
    ['LOG_LEVEL silent', { LOG_LEVEL: 'silent' }, (c) => c.logLevel, 'silent'],
    ['one client', { COGNITO_CLIENT_IDS: 'a1' }, (c) => c.cognito.clientIds, ['a1']],
    ['several clients', { COGNITO_CLIENT_IDS: 'a1,b2' }, (c) => c.cognito.clientIds, ['a1', 'b2']],
    ['clients among blanks', { COGNITO_CLIENT_IDS: ' a1 , b2 ' }, (c) => c.cognito.clientIds, ['a1', 'b2']],
    ['a client twice as one', { COGNITO_CLIENT_IDS: 'a1,a1' }, (c) => c.cognito.clientIds, ['a1']],
    [
      'CLIENT_REGISTRY_MAX_STALE_SECONDS',
      { CLIENT_REGISTRY_MAX_STALE_SECONDS: '60' },
      (c) => c.clients.maxStaleSeconds,
      60,
    ],
    [
      'the default limits',
      { RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '2', RATE_LIMIT_PER_DAY: '1000000000' },
      (c) => c.clients.defaultLimits,
      { requestsPerSecond: 1, burst: 2, requestsPerDay: 1_000_000_000 },
    ],
    [
      'the absence of limits',
      { RATE_LIMIT_PER_SECOND: '0', RATE_LIMIT_BURST: '0', RATE_LIMIT_PER_DAY: '0' },
      (c) => c.clients.defaultLimits,
      { requestsPerSecond: 0, burst: 0, requestsPerDay: 0 },
    ],
    [
      'COGNITO_TOKEN_URL',
      { COGNITO_TOKEN_URL: 'https://x.auth.eu-central-1.amazoncognito.com/oauth2/token' },
      (c) => c.cognito.tokenUrl,
      'https://x.auth.eu-central-1.amazoncognito.com/oauth2/token',
    ],
    [
      'an identifier that is a word',
      { RESOURCE_SERVER_IDENTIFIER: 'users' },
      (c) => c.resourceServerIdentifier,
      'users',
    ],
    ['JWKS_REFRESH_SECONDS 1', { JWKS_REFRESH_SECONDS: '1' }, (c) => c.jwks.refreshSeconds, 1],
    [
      'JWKS_REFRESH_SECONDS of a day',
      { JWKS_REFRESH_SECONDS: '86400', JWKS_MAX_STALE_SECONDS: '604800' },
      (c) => c.jwks.refreshSeconds,
      86_400,
    ],
    [
      'JWKS_MAX_STALE_SECONDS five seconds above JWKS_REFRESH_SECONDS',
      { JWKS_REFRESH_SECONDS: '60', JWKS_MAX_STALE_SECONDS: '65' },
      (c) => c.jwks.maxStaleSeconds,
      65,
    ],
    ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '1' }, (c) => c.database.poolSize, 1],
    ['MIGRATE_ON_START', { MIGRATE_ON_START: 'true' }, (c) => c.migrateOnStart, true],
    ['SHUTDOWN_DELAY_SECONDS 0', { SHUTDOWN_DELAY_SECONDS: '0' }, (c) => c.shutdown.delaySeconds, 0],
    ['SHUTDOWN_GRACE_SECONDS', { SHUTDOWN_GRACE_SECONDS: '6' }, (c) => c.shutdown.graceSeconds, 6],
  ])('%s', (_, environment, part, value) => {
    expect(part(read(environment))).toEqual(value);
  });

  it.each(['us-east-1_a', 'us-gov-west-1_AbC', 'eusc-de-east-1_AbC', 'ap-southeast-2_0'])(
    'the pool id %s',
    (id) => {
      const { cognito } = read({ COGNITO_USER_POOL_ID: id });
      expect(cognito.userPoolId).toBe(id);
      expect(cognito.issuer).toBe(`https://cognito-idp.${id.split('_')[0]}.amazonaws.com/${id}`);
    },
  );

  it('the certificates of DATABASE_CA_FILE', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    expect(read({ DATABASE_CA_FILE: file('ca.pem', pem) }).database.ca).toBe(pem);
  });
});

describe('refuses', () => {
  const refused: Record<string, string[]> = {
    PORT: ['-1', '65536', '80.5', '0x50', '1e3', ' 80', '80 ', 'http', '99999999999', 'NaN', '+80'],
    METRICS_PORT: ['-1', '65536', 'x'],
    CLIENT_REGISTRY_MAX_STALE_SECONDS: ['0', '604801', 'x'],
    RATE_LIMIT_PER_SECOND: ['-1', '1000000001', '1.5', 'none'],
    RATE_LIMIT_BURST: ['-1', '1000000001'],
    RATE_LIMIT_PER_DAY: ['-1', '1000000001'],
    TRUST_PROXY_HOPS: ['-1', '11', 'true', '1.5'],
    LOG_LEVEL: ['INFO', 'verbose', 'info ', 'info\n', 'informant', 'toString'],
    COGNITO_USER_POOL_ID: [
      'x',
      'local_x',
      'eu-central-1',
      'eu-central-1_',
      '_AbC',
      'EU-central-1_AbC',
      'eu-central_AbC',
      'eu-central-1_Ab-C',
      'eu-central-1_AbC/..',
      'eu-central-1_AbC\n',
      ' eu-central-1_AbC',
      'eu-central-1.evil.com/_AbC',
    ],
    COGNITO_CLIENT_IDS: [
      '*',
      'a1,*',
      'a1,',
      ',a1',
      'a1,,b2',
      ',',
      ' ',
      'a1 b2',
      'a1;b2',
      'a-1',
      'a'.repeat(129),
    ],
    RESOURCE_SERVER_IDENTIFIER: ['a b', 'a"b', 'a\\b', 'ä', 'a\n', ' ', 'a'.repeat(257)],
    COGNITO_TOKEN_URL: [
      'x',
      'ftp://a',
      'https://u:p@a/',
      'https://a/#f',
      'javascript:alert(1)',
      '//a',
      'xhttp://a',
      'httpx://a',
    ],
    PUBLIC_URL: [
      'x',
      'api.example.com',
      'https://a/api',
      'https://a/?q',
      'https://a/#f',
      'https://u@a',
      'ws://a',
      'https://',
    ],
    JWKS_REFRESH_SECONDS: ['0', '-1', '86401', '0.5', 'x'],
    JWKS_MAX_STALE_SECONDS: ['0', '604801', 'x'],
    COGNITO_JWKS_ALLOW_HTTP: ['yes', '1', 'TRUE', 'true '],
    MIGRATE_ON_START: ['yes', '1', 'True', 'on'],
    DATABASE_URL: [
      'x',
      'mysql://a/b',
      'https://a/b',
      'postgres',
      'db.example.com:5432/api',
      'xpostgres://a/b',
      'postgresx://a/b',
    ],
    DATABASE_POOL_SIZE: ['0', '1001', 'x'],
    DATABASE_CA_FILE: ['/does/not/exist.pem', '/'],
    OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', 'ftp://x', 'http://a:b@x'],
    OTEL_TRACES_SAMPLER_ARG: ['-0.1', '1.1', '2', '.5', '1e-3', 'x', '0.1234567'],
    OTEL_SERVICE_NAME: ['a b', 'x'.repeat(256)],
    SHUTDOWN_DELAY_SECONDS: ['-1', '301', 'x'],
    SHUTDOWN_GRACE_SECONDS: ['0', '3601', 'x'],
  };

  it.each(Object.entries(refused).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%j',
    (name, value) => {
      expect(faulty({ [name]: value })).toContain(name);
    },
  );

  it('a DATABASE_CA_FILE that cannot be read, and says so', () => {
    const { problems } = errorOf(() => read({ DATABASE_CA_FILE: directory }));
    expect(problems).toEqual([
      expect.stringMatching(/^DATABASE_CA_FILE: expected the path of a file that can be read/),
    ]);
  });

  it('a DATABASE_CA_FILE that holds no certificate', () => {
    const path = file('key.pem', '-----BEGIN PRIVATE KEY-----\n');
    expect(faulty({ DATABASE_CA_FILE: path })).toEqual(['DATABASE_CA_FILE']);
  });

  it.each<[string, Environment, string]>([
    ['METRICS_PORT that is PORT', { PORT: '8080', METRICS_PORT: '8080' }, 'METRICS_PORT'],
    ['PORT that is the default METRICS_PORT', { PORT: '9464' }, 'METRICS_PORT'],
    [
      'JWKS_MAX_STALE_SECONDS that leaves no time for a fetch that fails and its retry',
      { JWKS_REFRESH_SECONDS: '60', JWKS_MAX_STALE_SECONDS: '64' },
      'JWKS_MAX_STALE_SECONDS',
    ],
    [
      'JWKS_MAX_STALE_SECONDS, left at a day, for a refresh as long',
      { JWKS_REFRESH_SECONDS: '86400' },
      'JWKS_MAX_STALE_SECONDS',
    ],
    [
      'SHUTDOWN_GRACE_SECONDS that equals the delay',
      { SHUTDOWN_DELAY_SECONDS: '10', SHUTDOWN_GRACE_SECONDS: '10' },
      'SHUTDOWN_GRACE_SECONDS',
    ],
    [
      'SHUTDOWN_DELAY_SECONDS over the default grace',
      { SHUTDOWN_DELAY_SECONDS: '26' },
      'SHUTDOWN_GRACE_SECONDS',
    ],
  ])('%s', (_, environment, name) => {
    expect(faulty(environment)).toEqual([name]);
  });

  it.each<[string, Environment, string]>([
    ['METRICS_PORT for a PORT', { PORT: 'x', METRICS_PORT: '3000' }, 'PORT'],
    [
      'JWKS_MAX_STALE_SECONDS for a JWKS_REFRESH_SECONDS',
      { JWKS_REFRESH_SECONDS: 'x', JWKS_MAX_STALE_SECONDS: '60' },
      'JWKS_REFRESH_SECONDS',
    ],
    [
      'SHUTDOWN_GRACE_SECONDS for a SHUTDOWN_DELAY_SECONDS',
      { SHUTDOWN_DELAY_SECONDS: 'x', SHUTDOWN_GRACE_SECONDS: '3' },
      'SHUTDOWN_DELAY_SECONDS',
    ],
  ])('not %s that is refused itself', (_, environment, name) => {
    expect(faulty(environment)).toEqual([name]);
  });
});

describe('says what is missing', () => {
  it.each(['COGNITO_USER_POOL_ID', 'COGNITO_CLIENT_IDS', 'RESOURCE_SERVER_IDENTIFIER', 'DATABASE_URL'])(
    '%s',
    (name) => {
      expect(faulty({ [name]: undefined })).toEqual([name]);
      expect(faulty({ [name]: '' })).toEqual([name]);
    },
  );

  it('all of it at once where there is nothing', () => {
    const { problems } = errorOf(() => readConfig({}));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'COGNITO_USER_POOL_ID',
      'COGNITO_CLIENT_IDS',
      'RESOURCE_SERVER_IDENTIFIER',
      'DATABASE_URL',
    ]);
  });

  it('together with all that is wrong', () => {
    const wrong = Object.fromEntries(Object.keys(variables).map((name) => [name, '\u0000']));
    const { problems } = errorOf(() => readConfig({ ...wrong, HOST: '', COGNITO_CLIENT_IDS: '' }));
    const names = problems.map((problem) => problem.split(':')[0]);
    const unused = ['HOST', 'PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD'];
    expect(names.sort()).toEqual(
      Object.keys(variables)
        .filter((name) => !unused.includes(name))
        .sort(),
    );
  });

  it('in one message, a line for each', () => {
    const { message, problems } = errorOf(() => readConfig({ COGNITO_USER_POOL_ID: 'x' }));
    expect(problems).toHaveLength(4);
    expect(message.split('\n').slice(1)).toEqual(problems.map((problem) => `  ${problem}`));
  });
});

describe('never repeats a value', () => {
  const secret = 'hunter2';

  it.each(Object.keys(variables))('of %s', (name) => {
    const environment = { ...required, [name]: `\u0000${secret}\n` };
    try {
      readConfig(environment);
    } catch (error) {
      expect(String(error)).not.toContain(secret);
      expect(JSON.stringify(error)).not.toContain(secret);
    }
  });

  it.each([`mysql://api:${secret}@db/api`, `//api:${secret}@db/api`, `postgresql://api:${secret}@d b/api`])(
    'of a database URL: %s',
    (url) => {
      expect(String(errorOf(() => read({ DATABASE_URL: url })))).not.toContain(secret);
    },
  );
});

describe('the issuer', () => {
  it.each([
    ['the ORIGINAL form', ORIGINAL, ORIGINAL],
    ['the UPDATED form', UPDATED, UPDATED],
    ['a form with a slash behind it', `${UPDATED}/`, UPDATED],
  ])('may be %s', (_, value, issuer) => {
    const { cognito, jwks } = read({ COGNITO_ISSUER: value });
    expect(cognito.issuer).toBe(issuer);
    expect(jwks.uri).toBe(`${issuer}/.well-known/jwks.json`);
  });

  it.each([
    ['of another pool', ORIGINAL.replace('AbCdEf123', 'Other')],
    ['of another Region', ORIGINAL.replace('cognito-idp.eu-central-1', 'cognito-idp.us-east-1')],
    ['of no Cognito', 'https://issuer.example.com'],
    ['over http', ORIGINAL.replace('https', 'http')],
    ['with a query', `${ORIGINAL}?x`],
    ['with two slashes behind it', `${ORIGINAL}//`],
    ['that is no URL', 'ORIGINAL'],
    ['that contains the right one', `https://evil.example.com/${ORIGINAL}`],
  ])('may be none %s', (_, value) => {
    expect(faulty({ COGNITO_ISSUER: value })).toEqual(['COGNITO_ISSUER']);
  });

  it('is not held against a pool that is not known', () => {
    expect(faulty({ COGNITO_USER_POOL_ID: 'x', COGNITO_ISSUER: UPDATED })).toEqual(['COGNITO_USER_POOL_ID']);
  });
});

describe('the address of the keys', () => {
  it.each([
    'https://keys.example.com/jwks.json',
    'http://localhost:4000/jwks.json',
    'http://LOCALHOST/jwks.json',
    'http://127.0.0.1/jwks.json',
    'http://127.0.0.2:4000/jwks.json',
    'http://127.255.255.254/jwks.json',
    'http://[::1]:4000/jwks.json',
    'http://[0:0:0:0:0:0:0:1]/jwks.json',
    'http://0x7f.1/jwks.json',
  ])('may be %s', (uri) => {
    expect(read({ COGNITO_JWKS_URI: uri }).jwks).toMatchObject({
      uri: new URL(uri).href,
      unprotected: false,
    });
  });

  const unprotected = [
    'http://keys.example.com/jwks.json',
    'http://localhost.evil.com/jwks.json',
    'http://evil-localhost/jwks.json',
    'http://127.0.0.1.evil.com/jwks.json',
    'http://evil.com/127.0.0.1',
    'http://evil.com/?localhost',
    'http://0.0.0.0/jwks.json',
    'http://10.0.0.1/jwks.json',
    'http://128.0.0.1/jwks.json',
    'http://[::2]/jwks.json',
    'http://[::ffff:10.0.0.1]/jwks.json',
    'http://169.254.169.254/jwks.json',
  ];

  it.each(unprotected)('may not be %s', (uri) => {
    expect(faulty({ COGNITO_JWKS_URI: uri })).toEqual(['COGNITO_JWKS_URI']);
  });

  it.each(unprotected)('may be %s where that is allowed, and is known to be unprotected', (uri) => {
    const { jwks } = read({ COGNITO_JWKS_URI: uri, COGNITO_JWKS_ALLOW_HTTP: 'true' });
    expect(jwks).toMatchObject({ uri: new URL(uri).href, unprotected: true });
  });

  it.each([
    'http://localhost@evil.com/jwks.json',
    'http://127.0.0.1:80@evil.com/jwks.json',
    'https://user:hunter2@keys.example.com/jwks.json',
    'https://keys.example.com/#jwks',
    'ftp://localhost/jwks.json',
    'file:///jwks.json',
    '/jwks.json',
    'data:application/json,{}',
  ])('may never be %s', (uri) => {
    expect(faulty({ COGNITO_JWKS_URI: uri, COGNITO_JWKS_ALLOW_HTTP: 'true' })).toEqual(['COGNITO_JWKS_URI']);
  });

  it('is protected over https, whatever is allowed', () => {
    const { jwks } = read({ COGNITO_JWKS_URI: 'https://a.example/', COGNITO_JWKS_ALLOW_HTTP: 'true' });
    expect(jwks.unprotected).toBe(false);
  });
});

describe('the database', () => {
  it.each(['postgres://localhost/api', 'postgresql://u:p@h:1/d?sslmode=require', 'postgresql:///api'])(
    'may be %s',
    (connectionString) => {
      expect(read({ DATABASE_URL: connectionString }).database.server).toEqual({ connectionString });
    },
  );

  it('may be the PG variables', () => {
    const given = { ...pgVariables, PGPORT: '5433', PGPASSWORD: ' p w ' };
    expect(read(given).database.server).toEqual({
      host: 'db',
      port: 5433,
      database: 'api',
      user: 'role',
      password: ' p w ',
    });
  });

  it('is on port 5432, without a password, unless they say so', () => {
    expect(read(pgVariables).database.server).toMatchObject({ port: 5432, password: undefined });
  });

  it('is DATABASE_URL where both are given', () => {
    expect(read({ ...pgVariables, DATABASE_URL }).database.server).toEqual({
      connectionString: DATABASE_URL,
    });
  });

  it('is not the PG variables where DATABASE_URL is wrong', () => {
    expect(faulty({ ...pgVariables, DATABASE_URL: 'x' })).toEqual(['DATABASE_URL']);
  });

  it.each(['PGDATABASE', 'PGUSER'])('needs %s beside PGHOST', (name) => {
    expect(faulty({ ...pgVariables, [name]: undefined })).toEqual([name]);
  });

  describe('a password that may change', () => {
    const rds = 'api.cluster-abc123.eu-central-1.rds.amazonaws.com';
    const passwordOf = (environment: Environment) => {
      const { server } = read({ ...pgVariables, ...environment }).database;
      return 'password' in server && server.password;
    };

    it('is in a file, which is read later', () => {
      const path = file('password', 'hunter2');
      expect(passwordOf({ PGPASSWORD_FILE: path })).toEqual({ file: path });
    });

    it('is an IAM token of the Region that the host name has', () => {
      const ca = file('ca.pem', '-----BEGIN CERTIFICATE-----');
      const iam = { DATABASE_IAM_AUTH: 'true', DATABASE_CA_FILE: ca };
      expect(passwordOf({ ...iam, PGHOST: rds })).toEqual({ iamRegion: 'eu-central-1' });
      expect(passwordOf({ ...iam, PGHOST: 'api.x.cn-north-1.rds.amazonaws.com.cn' })).toEqual({
        iamRegion: 'cn-north-1',
      });
    });

    it.each([
      ['a file that is not there', { PGPASSWORD_FILE: '/nowhere' }, ['PGPASSWORD_FILE']],
      ['a file beside a password', { PGPASSWORD_FILE: __filename, PGPASSWORD: 'x' }, ['PGPASSWORD']],
      [
        'IAM beside a password',
        { DATABASE_IAM_AUTH: 'true', PGPASSWORD: 'x', PGHOST: rds },
        ['PGPASSWORD', 'DATABASE_IAM_AUTH'],
      ],
      ['IAM without verified TLS', { DATABASE_IAM_AUTH: 'true', PGHOST: rds }, ['DATABASE_IAM_AUTH']],
    ])('cannot be %s', (_, environment, expected) => {
      expect(faulty({ ...pgVariables, ...environment })).toEqual(expected);
    });

    it('cannot be an IAM token for a host that is not of RDS', () => {
      const ca = file('ca.pem', '-----BEGIN CERTIFICATE-----');
      const iam = { ...pgVariables, DATABASE_IAM_AUTH: 'true', DATABASE_CA_FILE: ca };
      expect(faulty(iam)).toEqual(['PGHOST']);
      expect(faulty({ ...iam, PGHOST: `${rds}.evil.example` })).toEqual(['PGHOST']);
    });

    it('needs the separate variables', () => {
      expect(faulty({ PGPASSWORD_FILE: __filename })).toEqual(['PGPASSWORD_FILE']);
      expect(faulty({ DATABASE_IAM_AUTH: 'true' })).toEqual(['DATABASE_IAM_AUTH']);
    });
  });

  it('needs PGHOST, or DATABASE_URL', () => {
    expect(faulty({ ...pgVariables, PGHOST: undefined })).toEqual(['DATABASE_URL']);
  });

  it.each(['0', '65536', 'x'])('is not on port %s', (port) => {
    expect(faulty({ ...pgVariables, PGPORT: port })).toEqual(['PGPORT']);
  });
});

describe('a configuration cannot be changed', () => {
  function frozen(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return true;
    return Object.isFrozen(value) && Object.values(value).every(frozen);
  }

  it.each([
    ['with DATABASE_URL', {}],
    ['with the PG variables', pgVariables],
  ])('%s', (_, environment) => {
    expect(frozen(read(environment))).toBe(true);
    expect(frozen(readMigrationConfig({ ...required, ...environment }))).toBe(true);
  });
});

describe('what migrations need', () => {
  it('is the database, and where traces go', () => {
    const { database } = read();
    expect(readMigrationConfig({ DATABASE_URL })).toEqual({ database, tracing: undefined });
    const environment = { DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
    const { tracing } = read(environment);
    expect(tracing).toBeDefined();
    expect(readMigrationConfig(environment)).toEqual({ database, tracing });
  });

  it('is refused with all that is wrong with it, and nothing else', () => {
    const environment = { ...pgVariables, PGUSER: '', PGPORT: 'x', PORT: 'x' };
    const { problems } = errorOf(() => readMigrationConfig(environment));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['PGPORT', 'PGUSER']);
  });
});

describe('every variable', () => {
  it.each(Object.entries(variables))('has an example that is accepted: %s', (name, { example, parse }) => {
    if (name.endsWith('_FILE')) return;
    expect(() => parse(example)).not.toThrow();
  });

  it.each(Object.entries(variables))('says what it means: %s', (_, { meaning, whenUnset }) => {
    expect(meaning).not.toBe('');
    expect(whenUnset).not.toBe('');
  });
});
