import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { addDeployment } from '../../deployment';
import { scopeCatalogue } from '../../identity/scope-catalogue';
import { only, REQUIRED, resources, templates, WITH_OPERATOR_SCOPES } from '../support/templates';

const DOMAIN = 'AWS::Cognito::UserPoolDomain';
const INTERACTIVE = {
  ...REQUIRED,
  interactiveClient: 'true',
  callbackUrls: 'https://app.example.com/callback',
};

let identity: Template;
beforeAll(() => {
  ({ identity } = templates());
});

/** The scopes of an app client in a template, as in a token. */
function allowedScopes(template: Template, clientName: string): string[] {
  const client = Object.values(resources(template, 'AWS::Cognito::UserPoolClient')).find(
    ({ Properties }) => Properties.ClientName === clientName,
  );
  const { Identifier } = only(template, 'AWS::Cognito::UserPoolResourceServer').Properties;
  return client?.Properties.AllowedOAuthScopes.map(
    (scope: string | { 'Fn::Join': [string, [object, string]] }) =>
      typeof scope === 'string' ? scope : `${Identifier}${scope['Fn::Join'][1][1]}`,
  );
}

const API_SCOPES = ['https://api.example.com/things.read'];

test('the resource server has every scope of the API, with its description', () => {
  const { identity } = addDeployment(new App({ context: REQUIRED }));
  const { Scopes } = only(Template.fromStack(identity), 'AWS::Cognito::UserPoolResourceServer').Properties;
  expect(Scopes).toEqual(
    scopeCatalogue.map(({ name, description }) => ({ ScopeName: name, ScopeDescription: description })),
  );
});

test('the user pool issues under the UPDATED form, and cannot be deleted by mistake', () => {
  identity.hasResource('AWS::Cognito::UserPool', {
    DeletionPolicy: 'Retain',
    Properties: { IssuerConfiguration: { Type: 'UPDATED' }, DeletionProtection: 'ACTIVE' },
  });
});

test('users cannot sign up, or sign in without a second factor', () => {
  identity.hasResourceProperties('AWS::Cognito::UserPool', {
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    MfaConfiguration: 'ON',
    EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
  });
});

test('the machine client has a secret and client credentials only, for an hour', () => {
  identity.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ClientName: 'machine',
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AccessTokenValidity: 60,
    TokenValidityUnits: { AccessToken: 'minutes' },
    PreventUserExistenceErrors: 'ENABLED',
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  });
  expect(allowedScopes(identity, 'machine')).toEqual(API_SCOPES);
});

test('a deployment of another name has another domain, without a word that Cognito refuses', () => {
  const domainOf = (name: string) =>
    JSON.stringify(only(templates({ ...REQUIRED, name }).identity, DOMAIN).Properties);
  expect(domainOf('staging-cognito')).toContain('"staging-"');
  expect(JSON.stringify(only(identity, DOMAIN).Properties)).not.toMatch(/cognito/);
});

test('a domain prefix that is given is used as it is', () => {
  const { identity } = templates({ ...REQUIRED, domainPrefix: 'example' });
  expect(only(identity, DOMAIN).Properties.Domain).toBe('example');
});

test('the interactive client is public, has the authorization code, and rotates refresh tokens', () => {
  const { identity } = templates(INTERACTIVE);
  identity.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ClientName: 'interactive',
    GenerateSecret: false,
    AllowedOAuthFlows: ['code'],
    CallbackURLs: ['https://app.example.com/callback'],
    RefreshTokenRotation: Match.objectLike({ Feature: 'ENABLED' }),
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
  });
  expect(allowedScopes(identity, 'interactive')).toEqual(['openid', 'email', 'profile', ...API_SCOPES]);
});

test('the interactive client has the implicit grant only if set', () => {
  const { identity } = templates({ ...INTERACTIVE, implicitGrant: 'true' });
  identity.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ClientName: 'interactive',
    AllowedOAuthFlows: ['implicit', 'code'],
  });
});

describe('without a domain', () => {
  const WITHOUT = { ...REQUIRED, userPoolDomain: 'false' };

  test('machine clients get tokens with GetClientToken only, with the same scopes', () => {
    const { identity } = templates(WITHOUT, WITH_OPERATOR_SCOPES);
    identity.resourceCountIs(DOMAIN, 0);
    identity.allResourcesProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'],
      AllowedOAuthFlowsUserPoolClient: false,
      AllowedOAuthFlows: Match.absent(),
    });
    expect(allowedScopes(identity, 'machine')).toEqual(API_SCOPES);
    expect(allowedScopes(identity, 'operator')).toHaveLength(2);
  });

  test('the service and onboarding are given no token endpoint', () => {
    const { service } = templates(WITHOUT);
    expect(JSON.stringify(service.toJSON())).not.toMatch(/COGNITO_TOKEN_URL|tokenUrl|oauth2/);
  });
});

describe('operator scopes', () => {
  const OPERATOR = ['https://api.example.com/clients.read', 'https://api.example.com/clients.write'];

  test('are given only to the operator client, whose tokens expire soon', () => {
    const { identity } = templates(INTERACTIVE, WITH_OPERATOR_SCOPES);
    expect(allowedScopes(identity, 'operator')).toEqual(OPERATOR);
    for (const client of ['machine', 'interactive'])
      expect(allowedScopes(identity, client)).toEqual(
        expect.not.arrayContaining([expect.stringMatching('clients')]),
      );
    identity.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ClientName: 'operator',
      AllowedOAuthFlows: ['client_credentials'],
      AccessTokenValidity: 15,
    });
  });

  test('have a client whose secret goes to Secrets Manager, and nowhere else', () => {
    const { identity, service } = templates(REQUIRED, WITH_OPERATOR_SCOPES);
    const { Name, SecretString } = only(identity, 'AWS::SecretsManager::Secret').Properties;
    expect(Name).toBe('cognito-resource-server/operator');
    const secret = JSON.stringify(SecretString);
    for (const member of ['apiUrl', 'tokenUrl', 'clientId', 'clientSecret'])
      expect(secret).toContain(`\\"${member}\\":`);
    const uses = JSON.stringify([identity.toJSON(), service.toJSON()]).match(/"ClientSecret"/g);
    expect(uses).toHaveLength(1);
    expect(secret).toContain('"ClientSecret"');
  });

  test('without any, there is no operator client', () => {
    const { identity } = templates(REQUIRED, WITH_OPERATOR_SCOPES.slice(0, 1));
    identity.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
    identity.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });
});
