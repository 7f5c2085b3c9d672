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
import type { Identity } from './identity-stack';
import type { Settings } from './settings';

export interface LoadBalancerProps {
  readonly vpc: Vpc;
  readonly settings: Settings;
  readonly identity: Identity;
  /** Port of the tasks. */
  readonly port: number;
}

/** The way in: HTTPS under the domain name, to tasks that say they are ready. */
export class LoadBalancer extends Construct {
  readonly alb: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, { vpc, settings, identity, port }: LoadBalancerProps) {
    super(scope, id);

    this.alb = new ApplicationLoadBalancer(this, 'Alb', {
      vpc,
      internetFacing: true,
      dropInvalidHeaderFields: true,
      // The service keeps idle connections for longer, 75 s.
      idleTimeout: Duration.seconds(60),
    });
    Validations.of(this.alb).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'The API is on the internet. Port 80 only redirects.',
    });
    this.#logAccess();

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
      // The longest request fits in.
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
        // With the dot it is complete, and the zone's name need not be known.
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
    // ID tokens have the same issuer and keys.
    (jwtValidation.node.defaultChild as CfnListenerRule).addPropertyOverride(
      'Actions.0.JwtValidationConfig.AdditionalClaims',
      [{ Name: 'token_use', Format: 'single-string', Values: ['access'] }],
    );
    this.alb.connections.allowToAnyIpv4(Port.tcp(443), 'Keys of the user pool');
  }

  #logAccess(): void {
    const bucket = new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // The load balancer writes with no other.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds access logs itself; a log of who reads them would need one more bucket, without end.',
    });
    // In place of alb.logAccessLogs(), which has to know the Region when it synthesises.
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
