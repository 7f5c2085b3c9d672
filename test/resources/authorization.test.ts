import { resources } from '../../src/resources/resources';
import { describeAuthorization } from '../support/authorization-matrix';

describeAuthorization(resources);
