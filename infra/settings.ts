import type { Node } from 'constructs';

/** Settings of a deployment: values of the CDK context, from `-c name=value` or `cdk.context.json`. */
export interface Settings {
  /** Name of the deployment: prefix of its stacks, parameters and alarms. */
  readonly name: string;
  /** Host name under which callers reach the API. */
  readonly domainName: string;
  /** ACM certificate of the domain name; without it one is created and validated in the hosted zone. */
  readonly certificateArn: string | undefined;
  /** Route 53 zone in which the domain name's record is created; without it none is. */
  readonly hostedZoneId: string | undefined;
  readonly resourceServerIdentifier: string;
  /** First label of the user pool's domain; without it a unique one is generated. */
  readonly domainPrefix: string | undefined;
  /** App client for users who sign in; without it there is none. */
  readonly interactiveClient: InteractiveClientSettings | undefined;
  /** Whether the load balancer verifies tokens too, before the service does. */
  readonly jwtValidation: boolean;
  /** Whether the user pool, the database and the load balancer refuse to be deleted. */
  readonly deletionProtection: boolean;
  /** Whether the clients of `/<name>/client-ids` are in the client registry, so that tasks no longer read it. */
  readonly clientIdsImported: boolean;
  /** Networks from which clients can be managed, `/api/v1/clients*`; empty: from anywhere. */
  readonly operatorCidrs: readonly string[];
  /** Whether AWS WAF protects the user pool too. */
  readonly userPoolWaf: boolean;
  /** Whether the user pool has a domain, and with it a token endpoint; else clients call GetClientToken. */
  readonly userPoolDomain: boolean;
  /** KMS key that encrypts the user pool, the database and its secret; without it keys of AWS do. */
  readonly kmsKeyArn: string | undefined;
  /** The service's image in ECR, by digest; without it the image is built from the Dockerfile. */
  readonly image: string | undefined;
  /** Delivery from GitHub; without it there is none. */
  readonly delivery: DeliverySettings | undefined;
  /** E-mail address that alarms are sent to. */
  readonly alarmEmail: string | undefined;
}

export interface DeliverySettings {
  /** Repository on GitHub whose workflow may deploy, as its tokens name it: `<owner>/<name>`, or both with their ids. */
  readonly githubRepository: string;
  /** Its only branch that may. */
  readonly githubBranch: string;
  /** Whether this account has a repository for images. */
  readonly imageRepository: boolean;
  /** Other accounts that may pull images from it. */
  readonly pullAccounts: readonly string[];
}

export interface InteractiveClientSettings {
  readonly callbackUrls: string[];
  /** Whether the implicit grant is allowed too. */
  readonly implicitGrant: boolean;
}

interface Text {
  readonly pattern: RegExp;
  readonly expected: string;
}

const CALLBACK_URL = String.raw`(https://[^\s,#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s,#]*)?)`;

const CIDR = String.raw`(\d{1,3}(\.\d{1,3}){3}/([1-9]|[12]\d|3[0-2])|[\da-f]*:[\da-f:]*/([1-9]\d?|1[01]\d|12[0-8]))`;

const texts = {
  name: {
    pattern: /^(?!aws|ssm)[a-z][a-z0-9-]{0,39}$/,
    expected: 'up to 40 lower-case letters, digits and hyphens, a letter first, but not aws or ssm',
  },
  domainName: { pattern: /^([a-z0-9-]+\.)+[a-z]+$/, expected: 'a host name such as api.example.com' },
  certificateArn: {
    pattern: /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/\S+$/,
    expected: "an ACM certificate's ARN",
  },
  hostedZoneId: {
    pattern: /^Z[A-Z0-9]+$/,
    expected: "a Route 53 hosted zone's id, such as Z0123456789ABCDEFGHIJ",
  },
  resourceServerIdentifier: {
    pattern: /^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/,
    expected: 'an identifier without spaces, quotes or backslashes',
  },
  domainPrefix: {
    pattern: /^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    expected: 'lower-case letters, digits and hyphens, without the words aws, amazon and cognito',
  },
  callbackUrls: {
    pattern: new RegExp(`^${CALLBACK_URL}(,${CALLBACK_URL})*$`),
    expected: 'URLs, comma-separated: https, or http on this machine, without a fragment',
  },
  operatorCidrs: {
    pattern: new RegExp(`^${CIDR}(,${CIDR})*$`),
    expected: 'networks, comma-separated, such as 192.0.2.0/24,2001:db8::/32',
  },
  kmsKeyArn: {
    pattern: /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/(mrk-[\da-f]{32}|[\da-f-]{36})$/,
    expected: "a KMS key's ARN",
  },
  image: {
    pattern: /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?\/[a-z\d._/-]+@sha256:[\da-f]{64}$/,
    expected:
      'an image in ECR with its digest, <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<digest>',
  },
  githubRepository: {
    pattern: /^([\w-]+\/[\w.-]+|[\w-]+@\d+\/[\w.-]+@\d+)$/,
    expected: 'a repository on GitHub, <owner>/<name> or <owner>@<id>/<name>@<id>',
  },
  githubBranch: { pattern: /^[\w./-]+$/, expected: "a branch's name" },
  pullAccounts: { pattern: /^\d{12}(,\d{12})*$/, expected: 'account ids, comma-separated' },
  alarmEmail: { pattern: /^[^@\s]+@[^@\s]+$/, expected: 'an e-mail address' },
} satisfies Record<string, Text>;

/** Flags with their defaults. */
const flags = {
  interactiveClient: false,
  implicitGrant: false,
  jwtValidation: false,
  deletionProtection: true,
  clientIdsImported: false,
  imageRepository: true,
  userPoolWaf: false,
  userPoolDomain: true,
};

/**
 * Reads the settings. With `stage`, those of that member of `stages` come before the shared ones.
 *
 * @throws Error that lists every problem. An unknown name is one: a mistyped flag would silently stay off.
 */
export function readSettings(node: Node): Settings {
  const problems: string[] = [];
  const values = valuesOf(node, problems);
  const text = (name: keyof typeof texts): string | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && texts[name].pattern.test(value)) return value;
    problems.push(`${name}: expected ${texts[name].expected}`);
    return undefined;
  };
  const flag = (name: keyof typeof flags): boolean => {
    // A string from the command line, a boolean from a file.
    const value = values[name] ?? flags[name];
    if (typeof value !== 'boolean' && value !== 'true' && value !== 'false')
      problems.push(`${name}: expected true or false`);
    return value === true || value === 'true';
  };
  const rule = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const given = (name: string): boolean => values[name] !== undefined;

  const domainName = text('domainName') ?? '';
  const callbackUrls = text('callbackUrls')?.split(',') ?? [];
  const interactiveClient = flag('interactiveClient');
  const implicitGrant = flag('implicitGrant');
  const githubRepository = text('githubRepository');
  const githubBranch = text('githubBranch') ?? 'main';
  const imageRepository = flag('imageRepository');
  const pullAccounts = text('pullAccounts');
  const userPoolDomain = flag('userPoolDomain');
  const settings: Settings = {
    name: text('name') ?? 'cognito-resource-server',
    domainName,
    certificateArn: text('certificateArn'),
    hostedZoneId: text('hostedZoneId'),
    resourceServerIdentifier: text('resourceServerIdentifier') ?? `https://${domainName}`,
    domainPrefix: text('domainPrefix'),
    interactiveClient: interactiveClient ? { callbackUrls, implicitGrant } : undefined,
    jwtValidation: flag('jwtValidation'),
    deletionProtection: flag('deletionProtection'),
    clientIdsImported: flag('clientIdsImported'),
    operatorCidrs: text('operatorCidrs')?.split(',') ?? [],
    userPoolWaf: flag('userPoolWaf'),
    userPoolDomain,
    kmsKeyArn: text('kmsKeyArn'),
    image: text('image'),
    delivery: githubRepository
      ? { githubRepository, githubBranch, imageRepository, pullAccounts: pullAccounts?.split(',') ?? [] }
      : undefined,
    alarmEmail: text('alarmEmail'),
  };
  rule(given('domainName'), 'domainName: missing; for example api.example.com');
  rule(
    given('certificateArn') || given('hostedZoneId'),
    'certificateArn: missing; expected an ACM certificate of the domain name, or hostedZoneId, so that one can be created',
  );
  rule(
    given('callbackUrls') === interactiveClient,
    'callbackUrls: expected with interactiveClient=true, and only with it',
  );
  rule(interactiveClient || !implicitGrant, 'implicitGrant: expected only with interactiveClient=true');
  rule(
    userPoolDomain || !interactiveClient,
    'interactiveClient: expected only with a domain of the user pool',
  );
  rule(
    userPoolDomain || !given('domainPrefix'),
    'domainPrefix: expected only with a domain of the user pool',
  );
  for (const name of ['githubBranch', 'imageRepository', 'pullAccounts'])
    rule(!given(name) || given('githubRepository'), `${name}: expected only with githubRepository`);
  rule(imageRepository || !given('pullAccounts'), 'pullAccounts: expected only with an image repository');
  for (const name of unknownNames(values)) problems.push(`${name}: not a setting`);
  if (problems.length > 0)
    throw new Error(
      ['The settings are not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'),
    );
  return settings;
}

/** The values of a stage if one is chosen, else those of the context itself. */
function valuesOf(node: Node, problems: string[]): Readonly<Record<string, unknown>> {
  const { stage, stages, ...shared } = node.getAllContext() as Record<string, unknown>;
  if (stages === undefined && stage === undefined) return shared;
  const known = Object(stages) as Record<string, object>;
  const chosen = Object.hasOwn(known, String(stage)) ? known[String(stage)] : undefined;
  if (!chosen)
    problems.push(`stage: expected one of ${Object.keys(known).join(', ') || 'the names in stages'}`);
  return { ...shared, ...chosen };
}

function unknownNames(values: Readonly<Record<string, unknown>>): string[] {
  // The CDK's own names contain one of these characters.
  return Object.keys(values).filter((name) => !/[@:-]/.test(name) && !(name in texts) && !(name in flags));
}
