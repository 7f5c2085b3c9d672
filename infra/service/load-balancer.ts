import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { Port, type Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
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
import { acceptFindings, UNPROTECTED } from '../accepted-findings';
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

/** What a canary deployment needs besides the target group of the tasks. */
export interface Canary {
  readonly targetGroup: ApplicationTargetGroup;
  readonly rule: ApplicationListenerRule;
}

/** HTTPS under the domain name, forwarded to ready tasks. */
export class LoadBalancer extends Construct {
  readonly alb: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  /** Missing where the load balancer verifies tokens: ECS manages one rule, and that takes two. */
  readonly canary: Canary | undefined;

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
    const isPublic = 'The API is public. Port 80 only redirects to HTTPS.';
    acceptFindings(this.alb, {
      'AwsSolutions-EC23': isPublic,
      'NIST.800.53.R5-ELBv2ACMCertificateRequired': isPublic,
    });
    if (!settings.deletionProtection) {
      acceptFindings(this.alb, {
        'NIST.800.53.R5-ELBDeletionProtectionEnabled': UNPROTECTED,
        'cdk-validator-cfnguard::elbv2_deletion_protection_enabled_check': UNPROTECTED,
      });
    }
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

    this.targetGroup = this.#createTargetGroup('Tasks', vpc, port);
    const listener = this.#listen(settings);
    if (settings.jwtValidation) this.#validateTokens(listener, identity);
    else this.canary = this.#createCanary(listener, this.#createTargetGroup('CanaryTasks', vpc, port));
  }

  #createTargetGroup(id: string, vpc: Vpc, port: number): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, id, {
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
  }

  /** A rule for all requests, whose weights ECS shifts from one target group to the other with each deployment. */
  #createCanary(listener: ApplicationListener, targetGroup: ApplicationTargetGroup): Canary {
    const rule = new ApplicationListenerRule(this, 'Canary', {
      listener,
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(['*'])],
      action: ListenerAction.weightedForward([
        { targetGroup: this.targetGroup, weight: 100 },
        { targetGroup, weight: 0 },
      ]),
    });
    return { targetGroup, rule };
  }

  #listen(settings: Settings): ApplicationListener {
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
    return this.alb.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      // TLS 1.2 with forward secrecy and authenticated encryption only, or TLS 1.3.
      sslPolicy: SslPolicy.TLS13_RES,
      defaultTargetGroups: [this.targetGroup],
    });
  }

  #validateTokens(listener: ApplicationListener, identity: Identity): void {
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
    const ownLog =
      'It holds access logs itself; logging access to it would need another bucket, which would need another.';
    const onlyEncryption = 'The load balancer can write with no other encryption.';
    const copies = 'Access logs help to find an error. Nothing depends on them, and they expire.';
    acceptFindings(bucket, {
      'AwsSolutions-S1': ownLog,
      'NIST.800.53.R5-S3BucketLoggingEnabled': ownLog,
      'cdk-validator-cfnguard::s3_bucket_logging_enabled_check': ownLog,
      'NIST.800.53.R5-S3DefaultEncryptionKMS': onlyEncryption,
      'cdk-validator-cfnguard::s3_bucket_default_encryption_kms_check': onlyEncryption,
      'NIST.800.53.R5-S3BucketReplicationEnabled': copies,
      'NIST.800.53.R5-S3BucketVersioningEnabled': copies,
      'cdk-validator-cfnguard::s3_bucket_versioning_enabled_check': copies,
      'cdk-validator-cfnguard::s3_bucket_object_lock_enabled_check': copies,
      'cdk-validator-cfnguard::s3_event_notifications_enabled_check': copies,
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
