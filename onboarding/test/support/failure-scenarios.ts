import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientRequest,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteResourceServerCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolClientCommand,
  ListUserPoolClientsCommand,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { type AwsClients, createAwsClients } from '../../aws/clients';
import { CLIENT_TOKEN_FLOW } from '../../cognito/app-client';
import { Browser, type LocalRun, tokenOf } from './emulator';

/** The API's user pool, and its scopes. */
export const POOL = 'eu-central-1_Local0001';
export const IDENTIFIER = 'https://api.example.com';
export const READ = `${IDENTIFIER}/things.read`;
export const WRITE = `${IDENTIFIER}/things.write`;

const CALLBACK = 'http://127.0.0.1:8400/callback';

type Settings = Partial<CreateUserPoolClientRequest>;

const machine = {
  GenerateSecret: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: [READ],
} satisfies Settings;

/** Creates the failures of a deployment in a local run, and can undo them all. */
export class FailureScenarios {
  readonly #local: LocalRun;
  readonly #emulator: URL;
  readonly #aws: AwsClients;
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(local: LocalRun) {
    this.#local = local;
    this.#emulator = new URL(local.client.tokenUrl);
    this.#aws = this.#awsIn('eu-central-1');
  }

  /** Registers an action for {@link undo}. */
  undoBy(action: () => Promise<unknown>): void {
    this.#undo.push(action);
  }

  /** Undoes everything, the latest first. */
  async undo(): Promise<void> {
    for (const action of this.#undo.reverse()) await action();
  }

  /** Sets another URL of the API or the token endpoint in the deployment's parameter; without a URL there is no token endpoint. */
  async move(changes: { readonly apiUrl?: string; readonly tokenUrl?: string | undefined }): Promise<void> {
    const Name = '/cognito-resource-server/deployment';
    const { Parameter } = await this.#aws.ssm.send(new GetParameterCommand({ Name }));
    const before = Parameter?.Value ?? '';
    const write = async (Value: string) =>
      this.#aws.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
    this.undoBy(async () => write(before));
    await write(JSON.stringify({ ...(JSON.parse(before) as object), ...changes }));
  }

  /** Sets the issuer form of the pool's tokens. */
  async changeIssuer(Type: 'ORIGINAL' | 'UPDATED'): Promise<void> {
    const set = async (form: typeof Type) =>
      this.#aws.cognito.send(
        new UpdateUserPoolCommand({ UserPoolId: POOL, IssuerConfiguration: { Type: form } }),
      );
    this.undoBy(async () => set('ORIGINAL'));
    await set(Type);
  }

  /** Shifts the clock by which tokens are issued. */
  async skewCognito(skewSeconds: number): Promise<void> {
    this.undoBy(async () => this.#control('POST', 'clock', { skewSeconds: 0 }));
    await this.#control('POST', 'clock', { skewSeconds });
  }

  /** Makes the token endpoint fail. */
  async failTokenRequests(status: number): Promise<void> {
    this.undoBy(async () => this.#control('DELETE', 'faults'));
    await this.#control('POST', 'faults', { path: '/oauth2/token', status });
  }

  async deleteDomain(): Promise<void> {
    const domain = { UserPoolId: POOL, Domain: 'local' };
    await this.#aws.cognito.send(new DeleteUserPoolDomainCommand(domain));
    this.undoBy(async () => this.#aws.cognito.send(new CreateUserPoolDomainCommand(domain)));
  }

  /** Has a client use GetClientToken in place of the token endpoint. */
  async allowClientToken(name: string): Promise<void> {
    const pool = { UserPoolId: POOL };
    const { UserPoolClients = [] } = await this.#aws.cognito.send(
      new ListUserPoolClientsCommand({ ...pool, MaxResults: 60 }),
    );
    const ClientId = UserPoolClients.find(({ ClientName }) => ClientName === name)?.ClientId;
    const { UserPoolClient } = await this.#aws.cognito.send(
      new DescribeUserPoolClientCommand({ ...pool, ClientId }),
    );
    const { ClientSecret, CreationDate, LastModifiedDate, ...before } = UserPoolClient ?? {};
    const update = async (changes: Settings) =>
      this.#aws.cognito.send(new UpdateUserPoolClientCommand({ ...before, ...pool, ClientId, ...changes }));
    this.undoBy(async () => update({}));
    await update({
      AllowedOAuthFlowsUserPoolClient: false,
      AllowedOAuthFlows: [],
      ExplicitAuthFlows: [CLIENT_TOKEN_FLOW],
    });
  }

  /** Creates another resource server with one scope. */
  async createScope(Identifier: string, ScopeName: string): Promise<void> {
    const server = { UserPoolId: POOL, Identifier };
    const Scopes = [{ ScopeName, ScopeDescription: ScopeName }];
    await this.#aws.cognito.send(new CreateResourceServerCommand({ ...server, Name: 'another', Scopes }));
    this.undoBy(async () => this.#aws.cognito.send(new DeleteResourceServerCommand(server)));
  }

  /**
   * Creates a machine client with the given settings, which the client registry does not have.
   *
   * @returns its id
   */
  async createClient(ClientName: string, settings: Settings = {}): Promise<string> {
    const members = { ...machine, CallbackURLs: [CALLBACK], ...settings };
    const { UserPoolClient } = await this.#aws.cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId: POOL, ClientName, ...members }),
    );
    const ClientId = UserPoolClient?.ClientId ?? '';
    this.undoBy(async () =>
      this.#aws.cognito.send(new DeleteUserPoolClientCommand({ UserPoolId: POOL, ClientId })),
    );
    return ClientId;
  }

  /** Creates another user pool with a resource server of the same identifier, and gets a token of one of its clients. */
  async tokenOfAnotherPool(region: string): Promise<{ readonly poolId: string; readonly token: string }> {
    const { cognito } = this.#awsIn(region);
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'another' }));
    const pool = { UserPoolId: UserPool?.Id ?? '' };
    const domain = { ...pool, Domain: 'another' };
    const Scopes = [{ ScopeName: 'things.read', ScopeDescription: 'Read things' }];
    const server = { ...pool, Identifier: IDENTIFIER, Name: 'another', Scopes };
    await cognito.send(new CreateResourceServerCommand(server));
    await cognito.send(new CreateUserPoolDomainCommand(domain));
    this.undoBy(async () => {
      await cognito.send(new DeleteUserPoolDomainCommand(domain));
      await cognito.send(new DeleteUserPoolCommand(pool));
    });
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({ ...pool, ClientName: 'another', ...machine }),
    );
    const { ClientId: clientId = '', ClientSecret: clientSecret = '' } = UserPoolClient ?? {};
    return {
      poolId: pool.UserPoolId,
      token: await tokenOf({ ...this.#local.client, clientId, clientSecret }),
    };
  }

  /** Gets tokens of the seeded user by the implicit flow. */
  async signIn(
    clientId: string,
    scope = `openid ${READ}`,
  ): Promise<{ readonly access_token: string; readonly id_token: string }> {
    const { SecretString: password = '' } = await this.#aws.secretsManager.send(
      new GetSecretValueCommand({ SecretId: 'cognito-resource-server/user-password' }),
    );
    const request = { client_id: clientId, response_type: 'token', scope, redirect_uri: CALLBACK };
    const user = { username: 'ada', password };
    const { hash } = await new Browser(this.#emulator.origin).signIn(request, user);
    return Object.fromEntries(new URLSearchParams(hash.slice(1))) as never;
  }

  #awsIn(region: string): AwsClients {
    return createAwsClients({ region, emulator: this.#emulator.origin });
  }

  async #control(method: string, path: string, body?: object): Promise<void> {
    const answer = await fetch(new URL(`/_control/${path}`, this.#emulator), {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}
