import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { jwksOf } from '../../../../emulator/tokens/jwks';
import { type Emulator, signedHeaders, startEmulator } from '../../support/seeded-emulator';

const readThings = 'https://api.example.com/things.read';
const writeThings = 'https://api.example.com/things.write';

let emulator: Emulator;
let UserPoolId: string;
beforeAll(async () => {
  emulator = await startEmulator();
  UserPoolId = emulator.pool().id;
});
afterAll(() => emulator.stop());

async function create(input: object) {
  const { body } = await emulator.cognitoIdp('CreateUserPoolClient', { UserPoolId, ...input });
  return body.UserPoolClient as { ClientId: string; ClientSecret: string };
}

describe('GetClientToken', () => {
  const withoutDomain = {
    ClientName: 'without a domain',
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'],
    AllowedOAuthScopes: [readThings, writeThings],
  };
  /** Calls it without a signature, as newer SDKs do. */
  const unsigned = (input: object) => {
    const { Authorization, ...headers } = signedHeaders('AWSCognitoIdentityProviderService.GetClientToken');
    expect(Authorization).toBeDefined();
    return emulator.send('/', { method: 'POST', headers, body: JSON.stringify(input) });
  };

  it('issues a token that the verifier for Cognito accepts, without a signature and without a domain', async () => {
    const id = emulator.addPool({ resourceServers: emulator.pool().resourceServers });
    const { ClientId, ClientSecret } = await create({ UserPoolId: id, ...withoutDomain });
    const { body } = await unsigned({ ClientId, Secret: ClientSecret });
    const { AccessToken, ...rest } = body.ClientAuthenticationResult;
    expect(rest).toEqual({ ExpiresIn: 3600, TokenType: 'Bearer' });
    const verifier = CognitoJwtVerifier.create({ userPoolId: id, tokenUse: 'access', clientId: ClientId });
    verifier.cacheJwks({ keys: jwksOf(emulator.store.findUserPool(id)!).keys.map((key) => ({ ...key })) });
    expect(verifier.verifySync(AccessToken)).toMatchObject({
      client_id: ClientId,
      scope: `${readThings} ${writeThings}`,
    });
  });

  it('accepts a signature for the Region of the pool', async () => {
    const { ClientId, ClientSecret } = await create(withoutDomain);
    const input = { ClientId, Secret: ClientSecret, Scopes: [writeThings] };
    const { body } = await emulator.cognitoIdp('GetClientToken', input);
    const [, payload] = (body.ClientAuthenticationResult.AccessToken as string).split('.');
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({ scope: writeThings });
    const elsewhere = await emulator.cognitoIdp('GetClientToken', input, 'eu-west-1');
    expect(elsewhere.body.__type).toBe('ResourceNotFoundException');
  });

  it.each([
    ['a wrong secret', { Secret: 'x'.repeat(51) }, {}, 'NotAuthorizedException'],
    ['an unknown client', { ClientId: 'unknown' }, {}, 'ResourceNotFoundException'],
    [
      'a scope that the client does not have',
      { Scopes: [writeThings] },
      { AllowedOAuthScopes: [readThings] },
      'InvalidParameterException',
    ],
    [
      'a client without ALLOW_CLIENT_TOKEN_AUTH',
      {},
      { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
      'InvalidParameterException',
    ],
  ])('refuses %s', async (_what, changes, members, type) => {
    const { ClientId, ClientSecret } = await create({ ...withoutDomain, ...members });
    const { status, body } = await unsigned({ ClientId, Secret: ClientSecret, ...changes });
    expect([status, body.__type]).toEqual([400, type]);
  });
});
