import { CommandError } from '../command-error';
import { parseJsonObject } from '../parse-json-object';
import { readStoredSecret, readVariable } from '../secret-location';
import type { Session } from '../session';
import { requestToken, TokenRefused } from '../token/request-token';

/** Who manages clients. */
export interface OperatorOptions {
  /** Name of a secret in Secrets Manager. */
  readonly operatorSecret?: string;
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The operator client with which the command line calls the API. Its token is requested once, and kept for the process. */
export class Operator {
  readonly #aws: Pick<Session, 'cognito' | 'secretsManager' | 'deployment'>;
  readonly #secretName: string;
  #credentials: Promise<Credentials> | undefined;
  #token: Promise<string> | undefined;

  constructor(
    aws: Pick<Session, 'cognito' | 'secretsManager' | 'deployment' | 'env'>,
    { operatorSecret }: OperatorOptions,
  ) {
    this.#aws = aws;
    this.#secretName =
      operatorSecret ?? readVariable(aws.env, 'OPERATOR_SECRET_NAME') ?? `${aws.deployment.name}/operator`;
  }

  /** The id of the operator client. */
  async clientId(): Promise<string> {
    return (await this.#readCredentials()).clientId;
  }

  /** @throws CommandError if there are no credentials, or no token is issued for them */
  token(): Promise<string> {
    return (this.#token ??= this.#requestToken());
  }

  /** Forgets the token, which the API refused: it may have expired while a question was asked. */
  forgetToken(): void {
    this.#token = undefined;
  }

  async #requestToken(): Promise<string> {
    const credentials = await this.#readCredentials();
    try {
      return await requestToken(this.#aws, { ...credentials, scopes: [] });
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      throw new CommandError(
        `The operator client of the secret ${this.#secretName} gets no token. ${error.message}`,
        error.exitCode,
        error.code,
      );
    }
  }

  #readCredentials(): Promise<Credentials> {
    return (this.#credentials ??= this.#fetchCredentials());
  }

  async #fetchCredentials(): Promise<Credentials> {
    const name = this.#secretName;
    const text = await readStoredSecret(this.#aws, name);
    if (text === undefined) {
      throw new CommandError(
        `There is no secret ${name} in Secrets Manager, which would hold the credentials of your operator client: name another with --operator-secret, or deploy the identity stack.`,
      );
    }
    const { clientId, clientSecret } = parseJsonObject(text);
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string')
      throw new CommandError(`The secret ${name} holds no clientId and clientSecret in JSON.`);
    return { clientId, clientSecret };
  }
}
