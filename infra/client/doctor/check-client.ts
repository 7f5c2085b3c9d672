import { qualifyScope } from '../../../src/auth/scopes';
import { describeDuration } from '../table';
import { scopesOf, timeOf } from '../token';
import type { Facts } from './facts';
import { ok, problem, skipped, type Verdict } from './verdict';

const NO_CLIENT = 'no client was named';

/** Whether Cognito issues the client tokens by the flow that it needs. */
export function checkFlow({ client }: Facts): Verdict {
  if (!client) return skipped(NO_CLIENT);
  const { clientId, clientName, oauthEnabled, flows, hasSecret } = client;
  if (!oauthEnabled) {
    return problem(
      `${clientName} is disabled: Cognito answers its token requests with invalid_grant`,
      `Let it in: client enable ${clientId}`,
    );
  }
  if (flows.includes('client_credentials')) return ok(`${clientName} may use client_credentials`);
  if (!hasSecret && flows.length > 0) return ok(`people sign in through ${clientName} (${flows.join(', ')})`);
  return problem(
    `${clientName} may not use client_credentials, but ${flows.join(', ') || 'no flow at all'}`,
    `Make a client for machines, since Cognito lets none have both kinds of flow: client create <name> --scopes …`,
  );
}

/** Whether the scopes that are asked for, allowed and held are this API's, by their full names. */
export function checkScopes(facts: Facts): Verdict {
  const { client, requestScopes, knownScopes, token, deployment } = facts;
  if (!client && requestScopes.length === 0 && !token)
    return skipped('no client, token or request was given');
  const identifier = deployment.resourceServerIdentifier;
  const isKnown = (scope: string) => knownScopes.includes(scope);

  const bare = [...requestScopes, ...(client?.scopes ?? [])].find((scope) =>
    isKnown(qualifyScope(identifier, scope)),
  );
  if (bare !== undefined) {
    return problem(
      `"${bare}" is not qualified with the resource server's identifier`,
      `Ask for ${qualifyScope(identifier, bare)}.`,
    );
  }
  const unknown = requestScopes.find((scope) => !(client ? client.scopes : knownScopes).includes(scope));
  if (unknown !== undefined) {
    const allowed = client ? client.scopes : knownScopes;
    return problem(
      client
        ? `${client.clientName} does not have the scope "${unknown}"`
        : `the API has no scope "${unknown}"`,
      `Ask for some of ${allowed.join(', ') || 'none: it has no scope'}, or for none, to get all that the client has.`,
    );
  }
  if (client && !client.scopes.some(isKnown)) {
    return problem(
      `${client.clientName} has no scope of this API, but ${client.scopes.join(', ') || 'none at all'}`,
      `Give it some of ${knownScopes.join(', ')}, in the console under the app client's login pages.`,
    );
  }
  if (
    token &&
    token !== 'malformed' &&
    token.claims['token_use'] !== 'id' &&
    ![...scopesOf(token)].some(isKnown)
  ) {
    return problem(
      'the token holds no scope of this API, which answers 403',
      `Have the third party ask for some of ${(client?.scopes.filter(isKnown) ?? knownScopes).join(', ')}.`,
    );
  }
  return ok(client ? `${client.clientName} has ${client.scopes.join(', ')}` : 'they are scopes of this API');
}

/** Whether the client is on the API's list, and the running tasks know it. */
export function checkClientList({ client, token, clientIds, answer }: Facts): Verdict {
  const claimed = token && token !== 'malformed' ? token.claims['client_id'] : undefined;
  const clientId = client?.clientId ?? (typeof claimed === 'string' ? claimed : undefined);
  if (clientId === undefined) {
    if (clientIds.length > 0) return skipped(`${NO_CLIENT}; the API's list has ${clientIds.length}`);
    return problem("the API's list of clients is empty", 'Let one in: client enable <client> --roll');
  }
  const cure = `Let it in: client enable ${client?.clientId ?? '<client>'} --roll`;
  if (!clientIds.includes(clientId))
    return problem(`${JSON.stringify(clientId)} is not on the API's list of clients`, cure);
  if (answer?.code === 'client_not_allowed')
    return problem("the client is on the API's list, but the running tasks read it before", cure);
  return ok("the client is on the API's list");
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
  if (grant?.token === undefined) return skipped('the token endpoint did not get as far as the secret');
  if (!grant.secretGiven)
    return ok("a secret that Cognito gave out works; --secret-file tries the third party's");
  return ok('the secret works');
}

/** Whether the token is an access token that is still valid and that the API can verify. */
export function checkToken({ token, answer, deployment }: Facts): Verdict {
  if (token === undefined) return skipped('there is no token: none was given, and none could be got');
  if (token === 'malformed') {
    return problem(
      'what was given is no token: three parts of base64url, with dots between them, were expected',
      'Have the third party send access_token of the answer, whole and without quotes.',
    );
  }
  const use = token.claims['token_use'];
  if (use !== 'access') {
    return problem(
      use === 'id'
        ? 'it is an ID token, which says who somebody is and opens no API'
        : 'it is not an access token',
      'Have the third party send access_token of the answer, not id_token.',
    );
  }
  const expiredFor = Date.now() / 1000 - timeOf(token, 'exp');
  if (expiredFor >= 0) {
    return problem(
      `it expired ${describeDuration(expiredFor)} ago`,
      'Have the third party get a new one when three quarters of expires_in are over.',
    );
  }
  if (answer?.status === 401 && answer.code === 'invalid_token') {
    return problem(
      'the API does not accept it: forged, altered, of another user pool, or signed with a key that was withdrawn',
      `Have the third party get a new one from ${deployment.tokenUrl}; the log says more under the request ${answer.requestId ?? ''}.`,
    );
  }
  if (answer && answer.status < 400)
    return ok(`${answer.operation.method} ${answer.operation.path} answers ${answer.status} to it`);
  return ok('it is an access token, and has not expired');
}
