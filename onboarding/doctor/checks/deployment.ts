import { tokenSource } from '../../token/request-token';
import { type DiagnosisContext, isTokenSource } from '../diagnosis-context';
import { ok, problem, skipped, type Verdict } from '../verdict';

/** Whether the token was issued in the deployment's Region. */
export function checkRegion({ deployment, pool, issuingPool }: DiagnosisContext): Verdict {
  if (issuingPool && issuingPool.region !== pool.region) {
    return problem(
      `the token was issued in ${issuingPool.region}, and the API's user pool is in ${pool.region}`,
      `Have the third party get its tokens from ${tokenSource(deployment)}.`,
    );
  }
  return ok(`the user pool ${deployment.userPoolId} is in ${pool.region}`);
}

/** Whether the token URL is on the pool's domain or, where neither has one, Cognito's API issues tokens. */
export function checkDomain({ deployment, pool, tokenUrlFailure }: DiagnosisContext): Verdict {
  const { userPoolId, tokenUrl } = deployment;
  if (tokenUrl !== undefined && pool.domains.length === 0) {
    return problem(
      `the user pool ${userPoolId} has no domain, so it has no token endpoint`,
      `Give it one: aws cognito-idp create-user-pool-domain --user-pool-id ${userPoolId} --domain <unique prefix>; or deploy the identity stack again.`,
    );
  }
  if (!isTokenSource(tokenUrl, pool.domains)) {
    return problem(
      `third parties get their tokens from ${tokenUrl === undefined ? 'GetClientToken' : new URL(tokenUrl).hostname}, but the pool's domain is ${pool.domains.join(' or ')}`,
      'Deploy the service stack again, so that it uses the domain.',
    );
  }
  if (tokenUrlFailure !== undefined) {
    return problem(
      tokenUrlFailure,
      'Check whether the domain is active (aws cognito-idp describe-user-pool-domain), and whether this machine can reach it.',
    );
  }
  return ok(
    tokenUrl === undefined
      ? `the user pool has no domain: tokens come from ${tokenSource(deployment)}`
      : `the token endpoint answers at ${tokenUrl}`,
  );
}

/** Whether the API can be reached, and is ready. */
export function checkApi({
  api,
  answer,
  deployment: { apiUrl, cluster, service },
}: DiagnosisContext): Verdict {
  const events =
    service === undefined
      ? 'what runs the API'
      : `the events of the ECS service ${service} in the cluster ${cluster ?? 'default'}, and the load balancer's targets`;
  if (!api.reachable)
    return problem(api.reason, `Look at ${events}; then at DNS and the certificate of ${apiUrl}.`);
  if (api.failedChecks.length > 0) {
    return problem(
      `${apiUrl} answers, but is not ready: ${api.failedChecks.join(', ')}`,
      `Look at the log of the service, and at ${events}.`,
    );
  }
  if (answer && answer.status >= 500) {
    return problem(
      `${apiUrl} answers a call with ${answer.status} ${answer.code ?? ''}`.trimEnd(),
      `Look at the log of the service for the request ${answer.requestId ?? ''}`.trimEnd() + '.',
    );
  }
  return ok(`${apiUrl} is ready`);
}

/** Whether the pool, the API and the token name one issuer, in one form. */
export function checkIssuer({
  deployment,
  pool,
  api,
  token,
  issuingPool,
  answer,
}: DiagnosisContext): Verdict {
  const { userPoolId } = deployment;
  if (api.reachable && api.issuer !== undefined && api.issuer !== pool.issuer) {
    return problem(
      `the API names ${api.issuer} as its issuer, and the tokens name ${pool.issuer}`,
      `Set the API's COGNITO_ISSUER to ${pool.issuer}, and its COGNITO_USER_POOL_ID to ${userPoolId}: deploy the service stack again.`,
    );
  }
  if (token && issuingPool === undefined) {
    return problem(
      'the token was not issued by a user pool',
      `Have the third party get its tokens from ${tokenSource(deployment)}.`,
    );
  }
  if (issuingPool && issuingPool.region !== pool.region)
    return skipped('the token was issued in another Region');
  if (issuingPool && issuingPool.id !== userPoolId) {
    return problem(
      `the token was issued by the user pool ${issuingPool.id}, and the API's is ${userPoolId}`,
      `Have the third party get its tokens from ${tokenSource(deployment)}.`,
    );
  }
  // The API accepts both forms; a load balancer that verifies tokens accepts one.
  if (token && token.claims['iss'] !== pool.issuer && answer?.status === 401) {
    return problem(
      `the token names its issuer in the form that the user pool no longer uses, and not as ${pool.issuer}`,
      'Have the third party get a new token.',
    );
  }
  if (!api.reachable || api.issuer === undefined)
    return skipped('the API does not say which issuer it expects');
  return ok(`pool and API name ${pool.issuer}`);
}
