import { AwsError } from './aws-error';

/**
 * The Region that a request is signed for
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html). The signature itself is
 * not verified: any credentials are accepted, but a program without credentials would fail on AWS as well.
 *
 * @throws AwsError when the request is not signed, or for another service.
 */
export function signedRegion(authorization: string | undefined, signingName: string): string {
  if (authorization === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, region, service] = signed.exec(authorization) ?? [];
  if (region === undefined) {
    throw new AwsError(
      'IncompleteSignatureException',
      'Authorization is not AWS4-HMAC-SHA256 with Credential=<key>/<date>/<Region>/<service>/aws4_request, SignedHeaders and Signature.',
    );
  }
  if (service !== signingName) {
    throw new AwsError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${signingName}'.`,
    );
  }
  return region;
}

const signed =
  /^AWS4-HMAC-SHA256 Credential=[^/, ]+\/\d{8}\/((?:eusc-)?[a-z]{2}-(?:gov-)?[a-z]+-\d)\/([a-z-]+)\/aws4_request, ?SignedHeaders=[^, ]+, ?Signature=[0-9a-f]{64}$/;
