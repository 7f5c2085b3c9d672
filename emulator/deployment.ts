const name = 'cognito-resource-server';

/** What the deployed service is called on AWS, and so here. */
export const deployment = {
  /** Parameter: the app clients that may call, comma-separated, which the service gets as COGNITO_CLIENT_IDS. */
  clientIds: `/${name}/client-ids`,
  /** Parameter: where everything is, in JSON. */
  description: `/${name}/deployment`,
  /** Secret: the password of the user who is there from the start. Only here. */
  userPassword: `${name}/user-password`,
  cluster: 'local',
  service: 'local',
};

/**
 * Starts the service anew, for these app clients.
 *
 * @param clientIds Comma-separated.
 * @returns Whether it got ready. When it did not, it runs as before.
 */
export type Redeploy = (clientIds: string) => Promise<boolean>;
