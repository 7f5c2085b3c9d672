/**
 * Calls an operation of the API through openid-client, knowing only the API's address, the client's id and its secret:
 * where tokens come from, where the operation is and which scopes it needs is in the API's description.
 *
 *     node openid_client.mjs <operationId> [<body>]
 */
import {
  allowInsecureRequests,
  clientCredentialsGrant,
  Configuration,
  fetchProtectedResource,
} from 'openid-client';

const [operationId, body] = process.argv.slice(2);
const { API_URL, CLIENT_ID, CLIENT_SECRET } = process.env;

const description = await (await fetch(`${API_URL}/openapi.json`)).json();
const [[scheme, { flows }]] = Object.entries(description.components.securitySchemes);
const { tokenUrl } = flows.clientCredentials;

// Cognito's metadata belongs to the pool, not to the token endpoint's host; the endpoint is all that is needed.
const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
const config = new Configuration(server, CLIENT_ID, CLIENT_SECRET);
// On one machine there is no TLS.
if (tokenUrl.startsWith('http:')) allowInsecureRequests(config);

const [path, method, operation] = find(operationId);
const scope = operation.security[0][scheme].join(' ');
const { access_token } = await clientCredentialsGrant(config, { scope });
const headers = new Headers(body && { 'Content-Type': 'application/json' });
const url = new URL(path, API_URL);
const answer = await fetchProtectedResource(config, access_token, url, method.toUpperCase(), body, headers);
console.log(`${operationId} ${scope} ${answer.status}`);

function find(operationId) {
  for (const [path, operations] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries(operations))
      if (operation.operationId === operationId) return [path, method, operation];
  throw new Error(`no operation ${operationId}`);
}
