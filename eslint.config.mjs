import { existsSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Layers: which folder may import what, each with its reason. Later entries of one group add to the ones before. */
const express = {
  group: ['express'],
  message: 'Only what answers requests depends on the web framework; the rest works without one.',
};
const pg = { group: ['pg', 'pg-*'], message: 'SQL belongs in database and in the stores of resources.' };
const config = {
  regex: '^(\\.\\./|\\./)+config/',
  allowTypeImports: true,
  message: 'Only main reads the configuration; everything else is given its values.',
};
const beside = {
  regex: '^(\\.\\./)+(emulator|local|infra|onboarding|bench|test|scripts)(/|$)',
  message: 'What stands beside the service is not part of it, and not in its image.',
};
const main = {
  regex: '^(\\.\\./|\\./)+main$',
  message: 'main starts things; importing it would start them.',
};
const composition = {
  regex: '^(\\.\\./)+(app|server)$',
  message: 'app and server tie the parts together; no part knows of the whole.',
};
const offeredOnly = {
  // What the service offers to what is beside it: the scope catalogue, the issuers and the table of variables.
  regex:
    '^(\\.\\./)+(src/(?!(resources/resources|auth/issuers|config/variables)$)|(local|emulator|bench|scripts|test)/)',
  message: 'Private to its folder, which may change it without looking here.',
};
const resources = {
  regex: '^(\\.\\./)+resources/',
  message: 'The platform names no resource: it is given a list of them.',
};
const outside = (folder) => ({
  regex: '^\\.\\./',
  message: `${folder} knows nothing of the rest, so that it can be understood, tested and reused alone.`,
});
const above = (layer, regex, message) => ({ regex: `^(\\.\\./)+${regex}`, message: `${layer}: ${message}` });

/** A folder of the emulator, and the folders below it. The files at the emulator's top belong to all of them. */
const emulatorFolder = (folder, ...below) => ({
  files: [`emulator/${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(?!(${below.join('|')})/|src/auth/issuers$)[a-z0-9-]+/`,
            message: `${folder} may import: ${below.join(', ') || 'no other folder'}. Other folders have private files.`,
          },
        ],
      },
    ],
  },
});

/** Packages with dependencies of their own; without them their types cannot be known, and they are not linted. */
const EXAMPLE = 'examples/third-party/';
const INFRA = 'infra/';
const ONBOARDING = 'onboarding/';
const BENCH = 'bench/';
const uninstalled = [EXAMPLE, INFRA, ONBOARDING, BENCH].filter(
  (folder) => !existsSync(`${folder}node_modules`),
);

const restricted = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [beside, main, config, ...patterns] }],
});

const processRules = (...members) => ({
  'no-restricted-properties': [
    'error',
    ...members.map((property) => ({
      object: 'process',
      property,
      message: 'Only main knows the process; everything else is given values and can be started twice.',
    })),
  ],
});

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'coverage/',
      '.local/',
      '**/node_modules/',
      '**/cdk.out/',
      `${EXAMPLE}src/api.d.ts`,
      ...uninstalled,
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // `return next(error)` and `=> this.close()` say in one line what they mean.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Members that a rest element leaves out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Numbers in messages need no ceremony.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/docs/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'btoa',
          'document',
          'fetch',
          'FormData',
          'localStorage',
          'navigator',
          'scrollBy',
          'sessionStorage',
          'setTimeout',
          'URLSearchParams',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { module: 'writable', process: 'readonly', require: 'readonly' } },
  },

  {
    // Programs that people run in a terminal.
    files: ['src/docs/samples/**', `${EXAMPLE}**`],
    languageOptions: {
      globals: { console: 'readonly', fetch: 'readonly', Headers: 'readonly', URL: 'readonly' },
    },
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: [`${EXAMPLE}test/*.ts`],
    rules: {
      // describe() and it() of node:test, which waits for them itself.
      '@typescript-eslint/no-floating-promises': 'off',
      // Fakes keep promises without having to wait for anything.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { ...restricted(express, pg), ...processRules('env', 'exit', 'on', 'once') },
  },
  {
    files: ['src/main.ts'],
    rules: { 'no-restricted-properties': 'off', '@typescript-eslint/no-restricted-imports': 'off' },
  },
  // main's, but loaded before all that main imports.
  { files: ['src/on-stop-signal.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['src/config/**/*.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  { files: ['src/app.ts'], rules: restricted(pg) },
  { files: ['src/auth/**/*.ts'], rules: restricted(outside('auth'), express, pg) },
  { files: ['src/auth/middleware.ts'], rules: restricted(outside('auth'), pg) },
  { files: ['src/database/**/*.ts'], rules: restricted(outside('database'), express) },
  {
    files: ['src/http/**/*.ts'],
    rules: restricted(
      pg,
      composition,
      resources,
      above(
        'http',
        '(api|database|clients)/',
        'serves any HTTP API, whatever it offers and wherever its data are.',
      ),
    ),
  },
  { files: ['src/api/**/*.ts'], rules: restricted(pg, composition, resources) },
  { files: ['src/{docs,observability}/**/*.ts'], rules: restricted(pg, composition, resources) },
  {
    files: ['src/clients/**/*.ts'],
    rules: restricted(
      express,
      pg,
      composition,
      above('clients', '(api|http|resources|docs|observability)/', 'knows auth and database only.'),
    ),
  },
  {
    files: ['src/resources/**/*.ts'],
    rules: restricted(
      express,
      pg,
      composition,
      above('resources', 'database/', 'only a store knows where data are.'),
    ),
  },
  { files: ['src/resources/*/store.ts'], rules: restricted(express, composition) },

  {
    files: ['emulator/*.ts'],
    ignores: ['emulator/scope-catalogue.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./(?!src/auth/issuers$)',
              message:
                'The emulator runs alone, in its own image. Of the service it knows issuers and scopes.',
            },
          ],
        },
      ],
    },
  },
  emulatorFolder('store'),
  emulatorFolder('tokens', 'store'),
  emulatorFolder('oauth2', 'store', 'tokens'),
  emulatorFolder('managed-login', 'store', 'tokens', 'oauth2'),
  emulatorFolder('aws-api', 'store', 'tokens'),
  emulatorFolder('control', 'store', 'tokens'),
  {
    files: ['local/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+emulator/[^/]+/',
              message: "The files at the emulator's top are its interface; its folders are private.",
            },
          ],
        },
      ],
    },
  },

  {
    files: [`${INFRA}**/*.ts`, `${ONBOARDING}**/*.ts`],
    ignores: [`${ONBOARDING}test/support/emulator.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [offeredOnly] }] },
  },
  {
    // Synthesised templates are `any`.
    files: [`${INFRA}test/**/*.ts`],
    rules: {
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: [
      'test/**/*.ts',
      'scripts/new-resource/*/test/**/*.ts',
      `${INFRA}test/**/*.ts`,
      `${ONBOARDING}test/**/*.ts`,
    ],
    rules: {
      // supertest's bodies are `any`, and tests say what they expect of them.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Fakes keep promises without having to wait for anything.
      '@typescript-eslint/require-await': 'off',
    },
  },
);
