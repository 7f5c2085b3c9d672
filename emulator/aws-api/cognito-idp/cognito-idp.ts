import type { Service } from '../operation';
import { clientSecretOperations } from './client-secrets';
import { clientTokenOperations } from './client-tokens';
import { domainOperations } from './domains';
import { groupOperations } from './groups';
import { resourceServerOperations } from './resource-servers';
import { userPoolClientOperations } from './user-pool-clients';
import { userPoolOperations } from './user-pools';
import { userOperations } from './users';

/** A part of https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html. */
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
    ...groupOperations,
  },
};
