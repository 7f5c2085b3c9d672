import type { Resource } from '../../src/api/resource';
import { clients } from '../../src/resources/clients/resource';
import { me } from '../../src/resources/me/resource';
import { things } from './things/resource';

/** The resources of the service that is compiled for tests: they are in the place of `src/resources/resources.ts`. */
export const resources: readonly Resource[] = [things, me, clients];
