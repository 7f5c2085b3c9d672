import { scopeCatalogue } from '../../src/api/scopes';

const things = { name: 'things', scopes: { 'things.read': 'Read things' } };

it('the scope catalogue has the scopes of all resources, in their order', () => {
  const clients = { name: 'clients', scopes: { 'clients.write': 'Change clients' }, forOperators: true };
  expect(Object.entries(scopeCatalogue([things, clients]))).toEqual([
    ['things.read', { description: 'Read things', operator: false }],
    ['clients.write', { description: 'Change clients', operator: true }],
  ]);
});

it('refuses two resources that declare the same scope, and names the second and the scope', () => {
  expect(() => scopeCatalogue([things, { ...things, name: 'copies' }])).toThrow(
    new TypeError('copies: another resource has the scope things.read'),
  );
});

it('accepts a scope that is named like a property of every object', () => {
  const catalogue = scopeCatalogue([{ name: 'odd', scopes: { constructor: 'Construct' } }]);
  expect(Object.entries(catalogue)).toEqual([['constructor', { description: 'Construct', operator: false }]]);
});
