/**
 * Mistakes that the compiler has to find. Each directive is an error itself where its line compiles, so the type check
 * fails when one of these begins to pass. Nothing here is ever run.
 */
import { anyClient, endpointFactory } from '../../src/api/endpoint';
import type { Caller } from '../../src/auth/caller';
import { createAuth } from '../../src/auth/middleware';
import type { TokenVerifier } from '../../src/auth/token-verifier';

declare const verifier: TokenVerifier;
declare const admit: (caller: Caller) => void;
declare const anyText: string;
declare const anyScopes: (keyof typeof scopes)[];

const scopes = { 'things.read': 'Read things', 'things.write': 'Change things' } as const;
const endpoint = endpointFactory<keyof typeof scopes, unknown>();

const declaration = {
  method: 'GET',
  path: '/api/v1/things',
  operationId: 'listThings',
  summary: 'List things',
  response: { status: 200, description: 'Things' },
  problems: [],
  handle: () => Promise.resolve({}),
} as const;

export const endpoints = [
  endpoint({ ...declaration, scopes: ['things.read'] }),
  endpoint({ ...declaration, scopes: ['things.read', 'things.write'] }),
  endpoint({ ...declaration, scopes: anyClient }),

  // @ts-expect-error -- an endpoint says which scopes it asks for
  endpoint({ ...declaration }),
  // @ts-expect-error -- an endpoint asks for a scope at least
  endpoint({ ...declaration, scopes: [] }),
  // @ts-expect-error -- only the exception of this name is open to any client
  endpoint({ ...declaration, scopes: Symbol('any client') }),
  // @ts-expect-error -- the exception is not one scope among others
  endpoint({ ...declaration, scopes: ['things.read', anyClient] }),
  // @ts-expect-error -- no scope is no scope list
  endpoint({ ...declaration, scopes: undefined }),
  // @ts-expect-error -- a list that may be empty is not enough
  endpoint({ ...declaration, scopes: anyScopes }),
  // @ts-expect-error -- the catalogue has no such scope
  endpoint({ ...declaration, scopes: ['things.list'] }),
  // @ts-expect-error -- nor has it every name beside a good one
  endpoint({ ...declaration, scopes: ['things.read', 'things.list'] }),
  // @ts-expect-error -- names stand there without the identifier
  endpoint({ ...declaration, scopes: ['https://api.example.com/things.read'] }),
  // @ts-expect-error -- what every object has is no scope
  endpoint({ ...declaration, scopes: ['toString'] }),
  // @ts-expect-error -- outside /api nothing would be authenticated
  endpoint({ ...declaration, scopes: ['things.read'], path: '/v1/things' }),
];

const auth = createAuth({
  verifier,
  admit,
  identifier: 'https://api.example.com',
  scopes,
  resourceMetadataUrl: 'https://things.example.com/.well-known/oauth-protected-resource',
});

export const middlewares = [
  auth.requireScopes('things.read'),
  auth.requireScopes('things.read', 'things.write'),

  // @ts-expect-error -- a check of no scope checks nothing
  auth.requireScopes(),
  // @ts-expect-error -- the catalogue has no such scope
  auth.requireScopes('things.list'),
  // @ts-expect-error -- nor has it every name beside a good one
  auth.requireScopes('things.read', 'things.list'),
  // @ts-expect-error -- scopes are arguments, not a list
  auth.requireScopes(['things.read']),
  // @ts-expect-error -- any text is no scope
  auth.requireScopes(anyText),
];

// @ts-expect-error -- without a catalogue no scope could be known
createAuth({ verifier, admit, identifier: 'things', resourceMetadataUrl: 'https://things.example.com/' });
// @ts-expect-error -- nor could clients be admitted without a function that decides
createAuth({ verifier, identifier: 'things', scopes, resourceMetadataUrl: 'https://things.example.com/' });
