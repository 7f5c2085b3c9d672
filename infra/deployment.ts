import type { App } from 'aws-cdk-lib';
import { DeliveryStack } from './delivery/delivery-stack';
import { scopeCatalogue } from './identity/scope-catalogue';
import { IdentityStack } from './identity/identity-stack';
import { ServiceStack } from './service/service-stack';
import { readSettings } from './settings';

/** Adds the stacks of a deployment, for any account and Region. */
export function addDeployment(
  app: App,
  scopes = scopeCatalogue,
): { identity: IdentityStack; service: ServiceStack; delivery: DeliveryStack | undefined } {
  const settings = readSettings(app.node);
  const identity = new IdentityStack(app, 'Identity', {
    settings,
    scopes,
    stackName: `${settings.name}-identity`,
    description: 'User pool, scopes and app clients',
  });
  const service = new ServiceStack(app, 'Service', settings, identity.identity, {
    stackName: `${settings.name}-service`,
    description: 'Load balancer, tasks, database and alarms',
  });
  const delivery = settings.delivery
    ? new DeliveryStack(app, 'Delivery', {
        name: settings.name,
        delivery: settings.delivery,
        stackName: `${settings.name}-delivery`,
        description: 'Role and image repository of the workflow that deploys',
      })
    : undefined;
  return { identity, service, delivery };
}
