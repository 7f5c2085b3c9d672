import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of the checks in a construct and all that is in it, each rule with the reason. */
export function acceptFindings(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(scope).acknowledge({ id, reason });
}

/** Reasons that apply in several places. */
export const AWS_KEY = 'A key of AWS encrypts it: README.md says why, and when not.';
export const UNPROTECTED = 'Switched off by the setting deletionProtection.';

const SHORT_FUNCTION =
  'The function runs only during a deployment, which fails and shows the error if it does.';
const OWN_POLICY = 'The policy belongs to one role, and goes with it.';

/** Findings that follow from decisions about all stacks. */
export const ACCEPTED_EVERYWHERE = {
  'NIST.800.53.R5-IAMNoInlinePolicy': OWN_POLICY,
  'NIST.800.53.R5-CloudWatchLogGroupEncrypted': AWS_KEY,
  'cdk-validator-cfnguard::cloudwatch_log_group_encrypted_check': AWS_KEY,
  'cdk-validator-cfnguard::cloudwatch_log_group_retention_period_check':
    'Logs with client ids and addresses are kept for as long as an investigation needs them, and not for a year.',
  'NIST.800.53.R5-LambdaConcurrency': SHORT_FUNCTION,
  'NIST.800.53.R5-LambdaDLQ': SHORT_FUNCTION,
  'NIST.800.53.R5-LambdaInsideVPC': SHORT_FUNCTION,
  'cdk-validator-cfnguard::lambda_inside_vpc_check': SHORT_FUNCTION,
};
