import { qualifyScope } from '../../../src/auth/scopes';
import { describeDuration } from '../table';
import { scopesOf, timeOf } from '../token';
import type { Facts } from './facts';
import { ok, problem, skipped, type Verdict } from './verdict';

const NO_CLIENT = 'no client was named';

/** Whether Cognito issues the client tokens by the flow that it needs. */
export function checkFlow({ client, token, grant }: Facts): Verdict {
  if (!client) return skipped(NO_CLIENT);
  const { clientId, clientName, oauthEnabled, flows, hasSecret } = client;
  if (!oauthEnabled) {
    return problem(
      `${clientName} is disabled: Cognito answers its token requests with invalid_grant`,
      `Let it in: client enable ${clientId} --roll`,
    );
  }
  if (flows.includes('client_credentials')) {
    const { refusal } = grant ?? {};
    if (refusal === undefined || refusal === 'invalid_client')
      return ok(`${clientName} may use client_credentials`);
    return problem(
      `Cognito refuses ${clientName} with ${refusal}, though its settings allow the flow`,
      'They may have been changed just now: wait a minute and try again.',
    );
  }
  const signsPeopleIn = !hasSecret || token?.claims['username'] !== undefined;
  if (signsPeopleIn && flows.length > 0)
    return ok(`people sign in through ${clientName} (${flows.join(', ')})`);
  return problem(
    `${clientName} may not use client_credentials, but ${flows.join(', ') || 'no flow at all'}`,
    `Make a client for machines, since Cognito lets none have both kinds of flow: client create <name> --scopes …`,
  );
}

/** Whether the scopes that are asked for, allowed and held are this API's, by their full names. */
export function checkScopes(facts: Facts): Verdict {
  const { client, requestScopes, knownScopes, token, deployment } = facts;
  const isAccessToken = token !== undefined && isOfThisPool(facts) && token.claims['token_use'] !== 'id';
  if (!client && requestScopes.length === 0 && !isAccessToken)
    return skipped('no client, request or access token of this user pool was given');
  const identifier = deployment.resourceServerIdentifier;
  const isKnown = (scope: string) => knownScopes.includes(scope);

  const bare = requestScopes.find((scope) => isKnown(qualifyScope(identifier, scope)));
  if (bare !== undefined) {
    return problem(
      `"${bare}" is not qualified with the resource server's identifier`,
      `Have the third party ask for ${qualifyScope(identifier, bare)}.`,
    );
  }
  const allowed = client ? client.scopes : knownScopes;
  const unknown = requestScopes.find((scope) => !allowed.includes(scope));
  if (unknown !== undefined) {
    return problem(
      client
        ? `${client.clientName} does not have the scope "${unknown}"`
        : `the API has no scope "${unknown}"`,
      `Have the third party ask for some of ${allowed.join(' ') || 'none: it has no scope'}, with spaces between them, or for none, to get all that the client has.`,
    );
  }
  if (client && !client.scopes.some(isKnown)) {
    return problem(
      `${client.clientName} has no scope of this API, but ${client.scopes.join(', ') || 'none at all'}`,
      `Give it some of ${knownScopes.join(', ')}, in the console under the app client's login pages.`,
    );
  }
  if (isAccessToken && ![...scopesOf(token)].some(isKnown)) {
    return problem(
      'the token holds no scope of this API, which answers 403',
      `Have the third party ask for some of ${allowed.filter(isKnown).join(', ')}.`,
    );
  }
  return ok(client ? `${client.clientName} has ${client.scopes.join(', ')}` : 'they are scopes of this API');
}

/** Whether the client is on the API's list, and the running tasks know it. */
export function checkClientList(facts: Facts): Verdict {
  const { client, tokenClientId, clientIds, answer } = facts;
  if (!client && tokenClientId !== undefined && isOfThisPool(facts)) {
    return problem(
      `the user pool has no app client ${JSON.stringify(tokenClientId)} any more, whose token it is`,
      'Have the third party use credentials of a client that is there (client list), or make one: client create <name> --scopes …',
    );
  }
  if (!client) {
    if (clientIds.length > 0) return skipped(`${NO_CLIENT}; the API's list has ${clientIds.length}`);
    return problem("the API's list of clients is empty", 'Let one in: client enable <client> --roll');
  }
  const { clientId, clientName } = client;
  const cure = `Let it in: client enable ${clientId} --roll`;
  if (!clientIds.includes(clientId))
    return problem(`${clientName} (${clientId}) is not on the API's list of clients`, cure);
  if (tokenClientId === clientId && answer?.code === 'client_not_allowed')
    return problem(`${clientName} is on the API's list, but the running tasks read it before`, cure);
  return ok(`${clientName} is on the API's list`);
}

/** Whether the client's secret works. */
export function checkSecret({ client, grant }: Facts): Verdict {
  if (!client) return skipped(NO_CLIENT);
  if (!client.hasSecret) return skipped(`${client.clientName} is a public client, which has no secret`);
  if (grant?.refusal === 'invalid_client') {
    return problem(
      'the secret is wrong, or has been retired',
      `Have the third party use the newest one; if it is lost: client rotate ${client.clientId}`,
    );
  }
  if (grant?.token === undefined) return skipped('it could not be tried, for another reason');
  if (!grant.secretGiven)
    return ok("a secret that Cognito gave out works; --secret-file tries the third party's");
  return ok('the secret works');
}

/** Whether the token is an access token of the client that is still valid and that the API can verify. */
export function checkToken(facts: Facts): Verdict {
  const { client, isMalformed, token, tokenClientId, grant, answer, deployment } = facts;
  if (isMalformed) {
    return problem(
      'what was given is no token: three parts of base64url, with dots between them, were expected',
      'Have the third party send access_token of the answer, whole and without quotes.',
    );
  }
  if (!token) return skipped('there is no token: none was given, and none could be got');
  const use = token.claims['token_use'];
  if (use !== 'access') {
    return problem(
      use === 'id'
        ? 'it is an ID token, which says who somebody is and opens no API'
        : 'it is not an access token',
      'Have the third party send access_token of the answer, not id_token.',
    );
  }
  // By Cognito's clock, where it is known: that of this machine may be the wrong one.
  const expiredFor = Date.now() / 1000 + (grant?.clockOffset ?? 0) - timeOf(token, 'exp');
  if (expiredFor >= 0) {
    return problem(
      `it expired ${describeDuration(expiredFor)} ago`,
      'Have the third party get a new one when three quarters of expires_in are over.',
    );
  }
  if (client && isOfThisPool(facts) && tokenClientId !== client.clientId) {
    return problem(
      `it was issued to another app client than ${client.clientName}: ${JSON.stringify(tokenClientId)}`,
      `Have the third party get its tokens with the credentials of ${client.clientName}.`,
    );
  }
  if (isOfThisPool(facts) && answer?.status === 401 && !FOUND_ELSEWHERE.includes(answer.code ?? '')) {
    return problem(
      `${answer.operation.method} ${answer.operation.path} answers 401 to it: it is forged or altered, or its key was withdrawn`,
      `Have the third party get a new one from ${deployment.tokenUrl}${answer.requestId ? `; the log says more under the request ${answer.requestId}` : ''}.`,
    );
  }
  if (answer && answer.status < 400)
    return ok(`${answer.operation.method} ${answer.operation.path} answers ${answer.status} to it`);
  return ok('it is an access token, and has not expired');
}

/** Codes of refusals that the checks of the client list and the clocks explain. */
const FOUND_ELSEWHERE = ['client_not_allowed', 'token_expired', 'token_not_yet_valid'];

/** Whether the token in question says that it is of the API's user pool; of others, little can be told here. */
function isOfThisPool({ issuingPool, deployment }: Facts): boolean {
  return issuingPool === deployment.userPoolId;
}
