import { App } from 'aws-cdk-lib';
import { addChecks } from './checks';
import { addDeployment } from './deployment';

const app = new App();
addDeployment(app);
addChecks(app);
