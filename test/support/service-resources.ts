import type { Resource } from '../../src/api/resource';
import { scopeCatalogue } from '../../src/api/scopes';
import { clients } from '../../src/resources/clients/resource';
import { me } from '../../src/resources/me/resource';
import { things } from './things/resource';

/**
 * The resources of programs that tests start: they are in the place of `src/resources/resources.ts`, so that no test but
 * those of a project's own resources depends on what it has.
 */
export const resources: readonly Resource[] = [things, me, clients];

export const scopes = scopeCatalogue(resources);
