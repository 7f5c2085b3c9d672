const name = 'cognito-resource-server';

/** The names of the deployed service on AWS, which the emulator uses as well. */
export const deployment = {
  /** Parameter: the app clients that may call, comma-separated; the service gets it as COGNITO_CLIENT_IDS. */
  clientIds: `/${name}/client-ids`,
  /** Parameter: a description of the deployment in JSON. */
  description: `/${name}/deployment`,
  /** Secret: the password of the seeded user. Only in the emulator. */
  userPassword: `${name}/user-password`,
  cluster: 'local',
  service: 'local',
};

/**
 * Restarts the service for these app clients.
 *
 * @param clientIds Comma-separated.
 * @returns Whether it became ready. Otherwise it runs as before.
 */
export type Redeploy = (clientIds: string) => Promise<boolean>;
