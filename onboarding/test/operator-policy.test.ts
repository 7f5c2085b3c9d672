import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

const PREFIXES: Readonly<Record<string, string>> = {
  'cognito-identity-provider': 'cognito-idp',
  'secrets-manager': 'secretsmanager',
  ssm: 'ssm',
};

/** The actions that a policy needs for what a source file sends to AWS. */
function actionsIn(source: string): readonly string[] {
  const imports = source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g);
  return [...imports].flatMap(([, names = '', service = '']) => {
    const commands = [...names.matchAll(/(\w+)Command\b/g)].map(([, name]) => name);
    // Paginators send what they are named after.
    const others = [...names.matchAll(/paginate(\w+)/g)].map(([, name = '']) => name);
    return [...commands, ...others].map((name) => `${PREFIXES[service] ?? service}:${name ?? ''}`);
  });
}

test('the policy for operators allows what the command line calls, and no more', () => {
  const manual = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const policy = JSON.parse(/```json\n([^]*?)```/.exec(manual)?.[1] ?? '') as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^(test|node_modules)\//.test(path))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const allowed = policy.Statement.flatMap(({ Action }) => Action).sort();
  expect(allowed).toEqual([...new Set(sources.flatMap(actionsIn))].sort());
});
