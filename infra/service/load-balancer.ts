import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { Port, type Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  type CfnListenerRule,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Identity } from '../identity/identity-stack';
import type { Settings } from '../settings';
import { WebAcl } from '../web-acl';

export interface LoadBalancerProps {
  readonly vpc: Vpc;
  readonly settings: Settings;
  readonly identity: Identity;
  /** Port on which tasks listen. */
  readonly port: number;
}

/** HTTPS under the domain name, forwarded to ready tasks. */
export class LoadBalancer extends Construct {
  readonly alb: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, { vpc, settings, identity, port }: LoadBalancerProps) {
    super(scope, id);

    this.alb = new ApplicationLoadBalancer(this, 'Alb', {
      vpc,
      internetFacing: true,
      dropInvalidHeaderFields: true,
      deletionProtection: settings.deletionProtection,
      // Shorter than the service's own keep-alive time-out, or the load balancer would reuse connections that are being closed.
      idleTimeout: Duration.seconds(60),
    });
    Validations.of(this.alb).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'The API is public. Port 80 only redirects to HTTPS.',
    });
    this.#logAccess();
    new WebAcl(this, 'Waf', {
      name: settings.name,
      resourceArn: this.alb.loadBalancerArn,
      requestsPerAddress: 120_000,
      commonRules: true,
      ...(settings.operatorCidrs.length > 0 && {
        restrictedPath: { path: '/api/v1/clients', cidrs: settings.operatorCidrs },
      }),
    });
    // Every request needs a token all the same.
    this.alb.setAttribute('waf.fail_open.enabled', 'true');

    this.targetGroup = new ApplicationTargetGroup(this, 'Tasks', {
      vpc,
      port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      healthCheck: {
        path: '/readyz',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
      // Longer than the longest request.
      deregistrationDelay: Duration.seconds(30),
    });
    this.#listen(settings, identity);
  }

  #listen(settings: Settings, identity: Identity): void {
    const { domainName, certificateArn, hostedZoneId } = settings;
    const zone = hostedZoneId ? HostedZone.fromHostedZoneId(this, 'Zone', hostedZoneId) : undefined;
    const certificate = certificateArn
      ? Certificate.fromCertificateArn(this, 'Certificate', certificateArn)
      : new Certificate(this, 'Certificate', { domainName, validation: CertificateValidation.fromDns(zone) });
    if (zone)
      new ARecord(this, 'Record', {
        zone,
        // The trailing dot makes it absolute, so that the zone's name is not needed.
        recordName: `${domainName}.`,
        target: RecordTarget.fromAlias(new LoadBalancerTarget(this.alb)),
      });

    this.alb.addRedirect();
    const listener = this.alb.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      // TLS 1.2 with forward secrecy and authenticated encryption only, or TLS 1.3.
      sslPolicy: SslPolicy.TLS13_RES,
      defaultTargetGroups: [this.targetGroup],
    });
    if (!settings.jwtValidation) return;

    const jwtValidation = new ApplicationListenerRule(this, 'JwtValidation', {
      listener,
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(['/api/*'])],
      action: ListenerAction.authenticateJwt({
        issuer: identity.issuer,
        jwksEndpoint: `${identity.issuer}/.well-known/jwks.json`,
        next: ListenerAction.forward([this.targetGroup]),
      }),
    });
    // ID tokens have the same issuer and keys, and must not pass.
    (jwtValidation.node.defaultChild as CfnListenerRule).addPropertyOverride(
      'Actions.0.JwtValidationConfig.AdditionalClaims',
      [{ Name: 'token_use', Format: 'single-string', Values: ['access'] }],
    );
    this.alb.connections.allowToAnyIpv4(Port.tcp(443), 'JWKS of the user pool');
  }

  #logAccess(): void {
    const bucket = new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // The only encryption that the load balancer can write with.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'It holds access logs itself; logging access to it would need another bucket, which would need another.',
    });
    // Not alb.logAccessLogs(), which needs the Region at synthesis.
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`AWSLogs/${Aws.ACCOUNT_ID}/*`)],
      }),
    );
    this.alb.setAttribute('access_logs.s3.enabled', 'true');
    this.alb.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    this.alb.node.addDependency(bucket);
  }
}
