const name = 'cognito-resource-server';

/** The names of the deployed service on AWS, which the emulator uses as well. */
export const deployment = {
  /** Parameter: a description of the deployment in JSON. */
  description: `/${name}/deployment`,
  /** Secret: the password of the seeded user. Only in the emulator. */
  userPassword: `${name}/user-password`,
  /** Secret: the credentials of the operator client, in JSON. */
  operatorCredentials: `${name}/operator`,
};
