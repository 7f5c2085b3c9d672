import { clientSecretOperations } from './client-secrets';
import { clientTokenOperations } from './client-token';
import { domainOperations } from './domains';
import type { Service } from '../operation';
import { resourceServerOperations } from './resource-servers';
import { userPoolOperations } from './user-pools';
import { userPoolClientOperations } from './user-pool-clients';
import { userOperations } from './users';

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html, in part. */
export const cognitoIdp: Service = {
  target: 'AWSCognitoIdentityProviderService',
  signingName: 'cognito-idp',
  validationError: 'InvalidParameterException',
  operations: {
    ...userPoolOperations,
    ...resourceServerOperations,
    ...userPoolClientOperations,
    ...clientSecretOperations,
    ...domainOperations,
    ...clientTokenOperations,
    ...userOperations,
  },
};
