import { describeAuthorization } from '../support/authorization-matrix';
import { things } from '../support/things/resource';

describeAuthorization([things]);
