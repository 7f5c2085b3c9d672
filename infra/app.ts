import { App } from 'aws-cdk-lib';
import { addDeployment } from './deployment';

addDeployment(new App());
