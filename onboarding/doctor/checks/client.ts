import { CLIENT_TOKEN_FLOW } from '../../cognito/app-client';
import { operatorScopes, qualifyScope } from '../../cognito/scopes';
import { describeDuration } from '../../table';
import { type DecodedToken, scopesOf, timeOf } from '../../token/decode-token';
import { tokenSource, WRONG_SECRET } from '../../token/request-token';
import type { DiagnosisContext } from '../diagnosis-context';
import { ok, problem, skipped, type Verdict } from '../verdict';

const NO_CLIENT = 'no client was named';

/** Whether Cognito issues the client tokens by the flow that it needs. */
export function checkFlow({ client, token, grant, deployment, commandLine }: DiagnosisContext): Verdict {
  if (!client) return skipped(NO_CLIENT);
  const { clientId, clientName, getsTokens, flows, hasSecret } = client;
  if (!getsTokens) {
    return problem(
      `${clientName} is disabled at Cognito, which issues it no tokens`,
      `Allow it: ${commandLine('enable', clientId)}`,
    );
  }
  const machineFlow = deployment.tokenUrl === undefined ? CLIENT_TOKEN_FLOW : 'client_credentials';
  if (flows.includes(machineFlow)) {
    const { refusal } = grant ?? {};
    if (refusal === undefined || WRONG_SECRET.includes(refusal))
      return ok(`${clientName} may use ${machineFlow}`);
    return problem(
      `Cognito refuses ${clientName} with ${refusal}, though its settings allow the flow`,
      'They may have changed a moment ago: wait a minute and try again.',
    );
  }
  const signsPeopleIn = !hasSecret || token?.claims['username'] !== undefined;
  if (signsPeopleIn && flows.length > 0)
    return ok(`people sign in through ${clientName} (${flows.join(', ')})`);
  return problem(
    `${clientName} may not use ${machineFlow}, but ${flows.join(', ') || 'no flow at all'}`,
    `Create a client for machines, since Cognito does not allow a client both kinds of flow: ${commandLine('create', '<name>', '--scopes', '<scopes>')}`,
  );
}

/** Whether the scopes that are asked for, allowed and held are this API's, by their full names. */
export function checkScopes(context: DiagnosisContext): Verdict {
  const { client, requestScopes, knownScopes, token, deployment, commandLine } = context;
  const isAccessToken = token !== undefined && isOfThisPool(context) && token.claims['token_use'] !== 'id';
  if (!client && requestScopes.length === 0 && !isAccessToken)
    return skipped('no client, request or access token of this user pool was given');
  const identifier = deployment.resourceServerIdentifier;
  const isKnown = (scope: string) => knownScopes.includes(scope);

  const bare = requestScopes.find((scope) => isKnown(qualifyScope(identifier, scope)));
  if (bare !== undefined) {
    return problem(
      `"${bare}" is not qualified with the resource server's identifier`,
      `Have the third party request ${qualifyScope(identifier, bare)}.`,
    );
  }
  const offered = knownScopes.filter((scope) => !operatorScopes(context).includes(scope));
  const allowed = client ? client.scopes : offered;
  const unknown = requestScopes.find((scope) => !allowed.includes(scope));
  if (unknown !== undefined) {
    return problem(
      client
        ? `${client.clientName} does not have the scope "${unknown}"`
        : `the API has no scope "${unknown}"`,
      `Have the third party request some of ${allowed.join(' ') || 'none: it has no scope'}, separated by spaces, or no scope at all, to get every scope of the client.`,
    );
  }
  if (client && !client.scopes.some(isKnown)) {
    return problem(
      `${client.clientName} has no scope of this API, but ${client.scopes.join(', ') || 'none at all'}`,
      `Give it some of ${offered.join(', ')}: ${commandLine('scopes', client.clientId, '<scopes>')}`,
    );
  }
  if (isAccessToken && ![...scopesOf(token)].some(isKnown)) {
    return problem(
      'the token holds no scope of this API, which answers 403',
      `Have the third party request some of ${allowed.filter(isKnown).join(', ')}.`,
    );
  }
  return ok(client ? `${client.clientName} has ${client.scopes.join(', ')}` : 'all are scopes of this API');
}

/** Whether the client registry admits the client and its token, and the running tasks act on it. */
export function checkRegistry(context: DiagnosisContext): Verdict {
  const { client, registration, tokenClientId, token, answer, commandLine } = context;
  if (!client && tokenClientId !== undefined && isOfThisPool(context)) {
    return problem(
      `the user pool no longer has the app client ${JSON.stringify(tokenClientId)} that the token was issued to`,
      `Have the third party use the credentials of an existing client (${commandLine('list')}), or create one: ${commandLine('create', '<name>', '--scopes', '<scopes>')}`,
    );
  }
  if (!client || !registration) return skipped(NO_CLIENT);
  const { clientId, clientName } = client;
  const allow = `Allow it: ${commandLine('enable', clientId)}`;
  if (!registration.readable) {
    return answer?.code === 'client_not_allowed' || answer?.code === 'client_disabled'
      ? problem(`the API refuses ${clientName} with ${answer.code}`, allow)
      : skipped(`the client registry cannot be read: ${registration.reason}`);
  }
  const registered = registration.client;
  if (!registered) {
    if (answer?.code === 'client_not_allowed')
      return problem(`the client registry does not have ${clientName} (${clientId})`, allow);
    if (tokenClientId === clientId && answer && answer.status !== 401)
      return ok(`${clientName} is in COGNITO_CLIENT_IDS, and not in the client registry`);
    return skipped(
      `${clientName} is not in the client registry; whether it is in COGNITO_CLIENT_IDS shows a token that is valid`,
    );
  }
  if (!registered.enabled) return problem(`${clientName} is disabled in the client registry`, allow);
  const { tokensValidFrom, inForce } = registered;
  if (token && tokenClientId === clientId && isRevoked(token, tokensValidFrom)) {
    return problem(
      `the token was revoked, as all that were issued until ${String(tokensValidFrom)}`,
      'Have the third party get a new token.',
    );
  }
  if (tokenClientId === clientId && NOT_TAKEN_UP.includes(answer?.code ?? '')) {
    return problem(
      `${clientName} is enabled in the client registry, but a task answered ${String(answer?.code)}: ${inForce.confirmed} of ${inForce.tasks} tasks act on its newest version`,
      'Look at the log of the service for "client registry cannot be read".',
    );
  }
  return ok(`${clientName} is enabled in the client registry`);
}

/** Codes with which a task answers that has not taken up the client's newest version. */
const NOT_TAKEN_UP = ['client_not_allowed', 'client_disabled', 'token_revoked'];

function isRevoked(token: DecodedToken, tokensValidFrom: string | null): boolean {
  return tokensValidFrom !== null && !(timeOf(token, 'iat') > Date.parse(tokensValidFrom) / 1000);
}

/** Whether the client's secret works. */
export function checkSecret({ client, grant, commandLine }: DiagnosisContext): Verdict {
  if (!client) return skipped(NO_CLIENT);
  if (!client.hasSecret) return skipped(`${client.clientName} is a public client, which has no secret`);
  if (WRONG_SECRET.includes(grant?.refusal ?? '')) {
    return problem(
      'the secret is wrong, or has been retired',
      `Have the third party use the newest one; if it is lost: ${commandLine('rotate', client.clientId)}`,
    );
  }
  if (grant?.token === undefined) return skipped('it could not be tried, for the reason above');
  if (!grant.secretGiven)
    return ok("a secret that Cognito returned works; --secret-file tries the third party's");
  return ok('the secret works');
}

/** Whether the token is an access token of the client that is still valid and that the API can verify. */
export function checkToken(context: DiagnosisContext): Verdict {
  const { client, isMalformed, token, tokenClientId, grant, answer, deployment } = context;
  if (isMalformed) {
    return problem(
      'the given text is not a token, which has three base64url parts separated by dots',
      'Have the third party send access_token of the answer, whole and without quotes.',
    );
  }
  if (!token) return skipped('no token was given, and none could be requested');
  const use = token.claims['token_use'];
  if (use !== 'access') {
    return problem(
      use === 'id'
        ? 'it is an ID token, which identifies a user and is not accepted by an API'
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
  if (client && isOfThisPool(context) && tokenClientId !== client.clientId) {
    return problem(
      `it was issued to another app client, not to ${client.clientName}: ${JSON.stringify(tokenClientId)}`,
      `Have the third party get its tokens with the credentials of ${client.clientName}.`,
    );
  }
  if (isOfThisPool(context) && answer?.status === 401 && !FOUND_ELSEWHERE.includes(answer.code ?? '')) {
    return problem(
      `${answer.operation.method} ${answer.operation.path} answers 401 to it: it is forged or altered, or its key was withdrawn`,
      `Have the third party get a new one from ${tokenSource(deployment)}${answer.requestId ? `; the log says more under the request ${answer.requestId}` : ''}.`,
    );
  }
  if (answer && answer.status < 400)
    return ok(`${answer.operation.method} ${answer.operation.path} answers ${answer.status} to it`);
  return ok('it is an access token, and has not expired');
}

/** Codes of refusals that the checks of the registry and the clocks explain. */
const FOUND_ELSEWHERE = [...NOT_TAKEN_UP, 'token_expired', 'token_not_yet_valid'];

/** Whether the token in question says that it is of the API's user pool; of other pools, little is known here. */
function isOfThisPool({ issuingPool, deployment }: DiagnosisContext): boolean {
  return issuingPool?.id === deployment.userPoolId;
}
