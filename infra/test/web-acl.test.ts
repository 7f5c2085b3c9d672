import { Match, type Template } from 'aws-cdk-lib/assertions';
import { only, REQUIRED, resources, templates } from './support/templates';

const ACL = 'AWS::WAFv2::WebACL';
const ASSOCIATION = 'AWS::WAFv2::WebACLAssociation';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

const ruleNames = (template: Template): string[] =>
  only(template, ACL).Properties.Rules.map(({ Name }: { Name: string }) => Name);

describe('AWS WAF', () => {
  test('protects the load balancer with a rate per address and common rules', () => {
    const [alb] = Object.keys(resources(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(only(service, ASSOCIATION).Properties.ResourceArn).toEqual({ Ref: alb });
    expect(ruleNames(service)).toEqual([
      'RatePerAddress',
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesCommonRuleSet',
    ]);
    service.hasResourceProperties(ACL, {
      DefaultAction: { Allow: {} },
      Rules: Match.arrayWith([
        Match.objectLike({
          Name: 'RatePerAddress',
          Action: { Block: {} },
          Statement: {
            RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 120_000 },
          },
        }),
      ]),
    });
  });

  test('only counts what it finds in bodies, and programs without a User-Agent', () => {
    const { Rules } = only(service, ACL).Properties;
    const { RuleActionOverrides } = Rules.at(-1).Statement.ManagedRuleGroupStatement;
    const counted = RuleActionOverrides.filter(
      ({ ActionToUse }: { ActionToUse: object }) => 'Count' in ActionToUse,
    );
    expect(counted.map(({ Name }: { Name: string }) => Name).sort()).toEqual([
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'NoUserAgent_HEADER',
      'SizeRestrictions_BODY',
    ]);
  });

  test('logs blocked requests without their tokens, and keeps no samples', () => {
    const { LoggingFilter, RedactedFields } = only(service, 'AWS::WAFv2::LoggingConfiguration').Properties;
    expect(RedactedFields).toEqual([{ SingleHeader: { Name: 'authorization' } }]);
    expect(LoggingFilter).toMatchObject({
      DefaultBehavior: 'DROP',
      Filters: [{ Behavior: 'KEEP', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] }],
    });
    expect(JSON.stringify(only(service, ACL))).not.toContain('"SampledRequestsEnabled":true');
  });

  test('protects the user pool if set', () => {
    const { identity: unprotected } = templates();
    unprotected.resourceCountIs(ACL, 0);
    const { identity } = templates({ ...REQUIRED, userPoolWaf: 'true' });
    const [pool] = Object.keys(resources(identity, 'AWS::Cognito::UserPool'));
    expect(only(identity, ASSOCIATION).Properties.ResourceArn).toEqual({ 'Fn::GetAtt': [pool, 'Arn'] });
    expect(ruleNames(identity)).toEqual(['RatePerAddress', 'AWSManagedRulesAmazonIpReputationList']);
  });
});

describe('operatorCidrs', () => {
  test('blocks the management of clients from all other networks, however the path is spelled', () => {
    const { service } = templates({ ...REQUIRED, operatorCidrs: '192.0.2.0/24,2001:db8::/32' });
    const sets = Object.entries(resources(service, 'AWS::WAFv2::IPSet'));
    expect(sets.map(([, { Properties }]) => Properties.Addresses)).toEqual([
      ['192.0.2.0/24'],
      ['2001:db8::/32'],
    ]);
    const [first] = only(service, ACL).Properties.Rules;
    expect(first).toMatchObject({ Name: 'RestrictedPath', Priority: 0, Action: { Block: {} } });
    expect(first.Statement.AndStatement.Statements).toEqual([
      {
        ByteMatchStatement: {
          FieldToMatch: { UriPath: {} },
          PositionalConstraint: 'STARTS_WITH',
          SearchString: '/api/v1/clients',
          TextTransformations: [
            { Type: 'URL_DECODE', Priority: 0 },
            { Type: 'NORMALIZE_PATH', Priority: 1 },
            { Type: 'LOWERCASE', Priority: 2 },
          ],
        },
      },
      ...sets.map(([id]) => ({
        NotStatement: { Statement: { IPSetReferenceStatement: { Arn: { 'Fn::GetAtt': [id, 'Arn'] } } } },
      })),
    ]);
  });

  test('restricts nothing by default', () => {
    service.resourceCountIs('AWS::WAFv2::IPSet', 0);
    expect(ruleNames(service)).not.toContain('RestrictedPath');
  });
});
