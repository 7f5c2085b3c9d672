import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { type App, Validations } from 'aws-cdk-lib';
import { ACCEPTED_EVERYWHERE, acceptFindings } from './accepted-findings';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';

/** Adds the checks that the templates of an app have to pass: synthesis fails on a finding without a reason. */
export function addChecks(app: App): void {
  acceptFindings(app, ACCEPTED_EVERYWHERE);
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app, { verbose: true }),
    new NIST80053R5Checks(app, { verbose: true }),
    new CfnGuardValidator(),
  );
}
