import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnIPSet, CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface WebAclProps {
  /** Name of the log group, after `aws-waf-logs-`. */
  readonly name: string;
  /** ARN of what is protected: a load balancer or a user pool. */
  readonly resourceArn: string;
  /** Requests of one address in five minutes; more are blocked until the rate falls. */
  readonly requestsPerAddress: number;
  /** Whether AWS's common rules apply. */
  readonly commonRules: boolean;
  /** A path that only some networks may call. */
  readonly restrictedPath?: { readonly path: string; readonly cidrs: readonly string[] };
}

/**
 * Rules of AWS WAF for one resource: addresses with a bad reputation, too many requests of one address and, by choice,
 * AWS's common rules. Blocked requests are logged, without their tokens.
 */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    const rules = [
      ...(props.restrictedPath ? [this.#restrictPath(props.restrictedPath)] : []),
      limitRate(props.requestsPerAddress),
      managedRules('AWSManagedRulesAmazonIpReputationList'),
      ...(props.commonRules ? [managedRules('AWSManagedRulesCommonRuleSet', COUNTED)] : []),
    ];
    const webAcl = new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('WebAcl'),
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.resourceArn,
      webAclArn: webAcl.attrArn,
    });
    this.#logBlocked(props.name, webAcl);
  }

  /** Blocks a path for all addresses but those of some networks, however it is spelled. */
  #restrictPath({ path, cidrs }: NonNullable<WebAclProps['restrictedPath']>): Rule {
    const sets = (['IPV4', 'IPV6'] as const)
      .map((ipAddressVersion) => ({
        ipAddressVersion,
        addresses: cidrs.filter((cidr) => cidr.includes(':') === (ipAddressVersion === 'IPV6')),
      }))
      .filter(({ addresses }) => addresses.length > 0)
      .map(
        ({ ipAddressVersion, addresses }) =>
          new CfnIPSet(this, ipAddressVersion, { scope: 'REGIONAL', ipAddressVersion, addresses }),
      );
    return {
      name: 'RestrictedPath',
      action: { block: {} },
      statement: {
        andStatement: {
          statements: [
            {
              byteMatchStatement: {
                fieldToMatch: { uriPath: {} },
                positionalConstraint: 'STARTS_WITH',
                searchString: path,
                textTransformations: ['URL_DECODE', 'NORMALIZE_PATH', 'LOWERCASE'].map((type, priority) => ({
                  type,
                  priority,
                })),
              },
            },
            ...sets.map(({ attrArn: arn }) => ({
              notStatement: { statement: { ipSetReferenceStatement: { arn } } },
            })),
          ],
        },
      },
      visibilityConfig: visibility('RestrictedPath'),
    };
  }

  #logBlocked(name: string, webAcl: CfnWebACL): void {
    const logGroup = new LogGroup(this, 'Log', {
      // WAF writes only to groups whose name begins so.
      logGroupName: `aws-waf-logs-${name}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: webAcl.attrArn,
      logDestinationConfigs: [
        // Without the asterisk of LogGroup.logGroupArn, which WAF refuses.
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

/**
 * Common rules that only count. Bodies are data, which the service checks against its schemas and limits to a size; a
 * program may send no User-Agent.
 */
const COUNTED = [
  'SizeRestrictions_BODY',
  'EC2MetaDataSSRF_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
  'CrossSiteScripting_BODY',
  'NoUserAgent_HEADER',
];

function limitRate(limit: number): Rule {
  return {
    name: 'RatePerAddress',
    action: { block: {} },
    statement: { rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 300, limit } },
    visibilityConfig: visibility('RatePerAddress'),
  };
}

function managedRules(name: string, counted: readonly string[] = []): Rule {
  return {
    name,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  // Samples would show tokens.
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}
