import { rotatesRefreshTokens } from '../../store/client';
import type { Client, UserPool } from '../../store/state';
import { AwsError } from '../aws-error';

const standardScopes = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'];

/**
 * Checks the members of an app client against each other; the schema has checked each by itself
 * (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html).
 *
 * @throws AwsError `InvalidParameterException`, `ScopeDoesNotExistException` or `InvalidOAuthFlowException`
 */
export function checkClient(pool: UserPool, client: Client): void {
  checkScopes(pool, client);
  checkFlows(client);
  checkAuthFlows(client);
  checkUrls(client);
  checkValidity(client);
  const providers = client.passthrough['SupportedIdentityProviders'] as string[] | undefined;
  const unknown = providers?.find((provider) => provider !== 'COGNITO');
  if (unknown !== undefined) refuse(`The provider ${unknown} does not exist for User Pool ${pool.id}.`);
}

function checkScopes(pool: UserPool, { allowedOAuthScopes }: Client): void {
  const custom = pool.resourceServers.flatMap(({ identifier, scopes }) =>
    scopes.map(({ name }) => `${identifier}/${name}`),
  );
  const unknown = allowedOAuthScopes.find((scope) => ![...standardScopes, ...custom].includes(scope));
  if (unknown !== undefined) {
    throw new AwsError('ScopeDoesNotExistException', `Invalid scope requested: ${unknown}`);
  }
}

function checkFlows({
  allowedOAuthFlows,
  allowedOAuthFlowsUserPoolClient,
  allowedOAuthScopes,
  callbackUrls,
  secrets,
}: Client): void {
  if (
    allowedOAuthFlowsUserPoolClient &&
    (allowedOAuthFlows.length === 0 || allowedOAuthScopes.length === 0)
  ) {
    refuse(
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    );
  }
  if (allowedOAuthFlows.includes('client_credentials')) {
    if (allowedOAuthFlows.length > 1) {
      refuseFlow('client_credentials flow can not be selected along with code flow or implicit flow.');
    }
    if (secrets.length === 0) {
      refuseFlow('client_credentials flow can not be selected if client does not have a client secret.');
    }
    const standard = allowedOAuthScopes.find((scope) => standardScopes.includes(scope));
    if (standard !== undefined) refuseFlow(`${standard} is not supported with client_credentials flow`);
  } else if (allowedOAuthFlowsUserPoolClient && callbackUrls.length === 0) {
    refuse('At least one of CallbackURLs is required for the code and implicit flows.');
  }
}

function checkAuthFlows(client: Client): void {
  const { explicitAuthFlows, secrets } = client;
  const current = explicitAuthFlows.filter((flow) => flow.startsWith('ALLOW_'));
  if (current.length > 0 && current.length < explicitAuthFlows.length) {
    refuse('ExplicitAuthFlows cannot hold values with and without the prefix ALLOW_ at the same time.');
  }
  if (rotatesRefreshTokens(client) && explicitAuthFlows.includes('ALLOW_REFRESH_TOKEN_AUTH')) {
    refuse('ALLOW_REFRESH_TOKEN_AUTH is not possible with RefreshTokenRotation.');
  }
  if (!explicitAuthFlows.includes('ALLOW_CLIENT_TOKEN_AUTH')) return;
  if (explicitAuthFlows.length > 1) refuse('ALLOW_CLIENT_TOKEN_AUTH must be the only ExplicitAuthFlows.');
  if (secrets.length === 0) refuse('ALLOW_CLIENT_TOKEN_AUTH requires a client secret.');
}

function checkUrls({ callbackUrls, logoutUrls, defaultRedirectUri }: Client): void {
  for (const url of [...callbackUrls, ...logoutUrls]) {
    if (!isRedirectUrl(url)) {
      refuse(
        `${url} is not an absolute URL without a fragment: https, http to localhost, 127.0.0.1 or [::1], or an app's own scheme.`,
      );
    }
  }
  if (defaultRedirectUri !== undefined && !callbackUrls.includes(defaultRedirectUri)) {
    refuse('DefaultRedirectURI is not one of CallbackURLs.');
  }
}

function isRedirectUrl(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return protocol !== 'http:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function checkValidity({
  accessTokenValiditySeconds,
  idTokenValiditySeconds,
  refreshTokenValiditySeconds,
}: Client): void {
  const short = [accessTokenValiditySeconds, idTokenValiditySeconds];
  const valid =
    short.every((seconds) => seconds >= 300 && seconds <= 86_400) &&
    refreshTokenValiditySeconds >= 3600 &&
    refreshTokenValiditySeconds <= 315_360_000 &&
    refreshTokenValiditySeconds >= Math.max(...short);
  if (!valid) {
    refuse(
      'Invalid range for token validity: access and ID tokens are valid for 5 minutes to 1 day, refresh tokens for 1 hour to 10 years and no shorter than these.',
    );
  }
}

function refuse(message: string): never {
  throw new AwsError('InvalidParameterException', message);
}

function refuseFlow(message: string): never {
  throw new AwsError('InvalidOAuthFlowException', message);
}
