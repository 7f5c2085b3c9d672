import { resource } from '../../api/resource';
import { endpoints } from './endpoints';

/** What a third party asks first: who it is here, and what it may do. */
export const me = resource({ name: 'me', scopes: {}, store: () => undefined, endpoints });
