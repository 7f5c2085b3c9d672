import type { Caller } from '../../src/auth/caller';
import { admitListedClients } from '../../src/clients/admit-listed-clients';
import { CLIENT_ID } from '../support/user-pool';

const admit = admitListedClients([CLIENT_ID, 'second']);

function callerOf(clientId: string): Caller {
  return { clientId } as Caller;
}

it.each([CLIENT_ID, 'second'])('admits %s, which is listed', (clientId) => {
  expect(() => admit(callerOf(clientId))).not.toThrow();
});

it.each([
  ['another client', '3testclient00000000000000c'],
  ['a client whose id is the beginning of a listed one', CLIENT_ID.slice(0, -1)],
  ['a client whose id begins with a listed one', `${CLIENT_ID}a`],
  ['a client whose id differs in case', CLIENT_ID.toUpperCase()],
  ['two listed ids joined by a comma', `${CLIENT_ID},second`],
  ['a property that every object has', 'constructor'],
])('refuses %s', (_, clientId) => {
  expect(() => admit(callerOf(clientId))).toThrow(expect.objectContaining({ reason: 'client_not_allowed' }));
});
