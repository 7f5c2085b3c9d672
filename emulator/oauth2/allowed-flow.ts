import { OAuthError } from './oauth-error';
import type { Client } from '../store/state';

type Flow = Client['allowedOAuthFlows'][number];

/** May the client use the flow? */
export function hasFlow(client: Client, flow: Flow): boolean {
  return client.allowedOAuthFlowsUserPoolClient && client.allowedOAuthFlows.includes(flow);
}

/** @throws OAuthError when the client may not use the flow, as the token endpoint says it. */
export function requireFlow(client: Client, flow: Flow): void {
  if (hasFlow(client, flow)) return;
  if (!client.allowedOAuthFlowsUserPoolClient || client.allowedOAuthFlows.length === 0) {
    throw new OAuthError('invalid_grant', 'the client has no OAuth flows');
  }
  throw new OAuthError('unauthorized_client', `the client does not have the ${flow} flow`);
}
