import type { Client } from '../store/state';
import { OAuthError } from './oauth-error';

type Flow = Client['allowedOAuthFlows'][number];

/** Whether the client may use the flow. */
export function hasFlow(client: Client, flow: Flow): boolean {
  return client.allowedOAuthFlowsUserPoolClient && client.allowedOAuthFlows.includes(flow);
}

/** @throws OAuthError when the client may not use the flow, with the code of the token endpoint. */
export function requireFlow(client: Client, flow: Flow): void {
  if (hasFlow(client, flow)) return;
  if (!client.allowedOAuthFlowsUserPoolClient || client.allowedOAuthFlows.length === 0) {
    throw new OAuthError('invalid_grant', 'the client has no OAuth flows');
  }
  throw new OAuthError('unauthorized_client', `the client does not have the ${flow} flow`);
}
