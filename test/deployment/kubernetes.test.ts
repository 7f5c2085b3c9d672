import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import type { Job } from 'kubernetes-types/batch/v1';
import type { ConfigMap, Container, PodTemplateSpec, Service } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/programs';

const DIRECTORY = join(ROOT, 'docker/kubernetes');
/** A source file for the compiler; it is on no disk. */
const VIRTUAL_FILE = join(ROOT, 'kubernetes-manifests.ts');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

const manifests = readdirSync(DIRECTORY).flatMap((file) =>
  parseAllDocuments(readFileSync(join(DIRECTORY, file), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join('; ')}`);
    return document.toJS() as Manifest;
  }),
);

function find(kind: string, name: string): unknown {
  return manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
}

/**
 * What does not fit the schema of a manifest's kind: fields that are unknown, missing or of another type.
 *
 * The types are generated from the OpenAPI document of Kubernetes. The manifests are literals to the compiler, so that
 * unknown fields are errors, which validators made from that document let pass.
 */
function schemaErrors(candidates: readonly Manifest[]): string[] {
  const source = candidates.map((manifest, index) => {
    const [group = '', version = ''] = `core/${manifest.apiVersion}`.split('/').slice(-2);
    const type = `import('kubernetes-types/${group.replace('.k8s.io', '')}/${version}').${manifest.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const options: ts.CompilerOptions = {
    strict: true,
    lib: ['lib.es5.d.ts'],
    types: [],
    module: ts.ModuleKind.Node20,
  };
  const host = ts.createCompilerHost(options);
  const onDisk = ts.createCompilerHost(options);
  host.fileExists = (path) => path === VIRTUAL_FILE || onDisk.fileExists(path);
  host.readFile = (path) => (path === VIRTUAL_FILE ? source.join('\n') : onDisk.readFile(path));
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([VIRTUAL_FILE], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const configuration = (find('ConfigMap', 'api') as ConfigMap).data!;
const deployment = find('Deployment', 'api') as Manifest & Deployment;
const podTemplates: [string, PodTemplateSpec][] = [
  ['Deployment', deployment.spec!.template],
  ['Job', (find('Job', 'migrate') as Job).spec!.template],
];
const envExample = readFileSync(join(ROOT, '.env.example'), 'utf8');

function containerOf({ spec }: PodTemplateSpec): Container {
  return spec!.containers[0]!;
}

describe('the Kubernetes manifests', () => {
  it('fit the schemas of Kubernetes', () => {
    expect(schemaErrors(manifests)).toEqual([]);
  });

  it('would not fit them with a field that is misspelt, missing or of another type', () => {
    const changed = (change: (container: Record<string, unknown>) => void) => {
      const copy = structuredClone(deployment);
      change(containerOf(copy.spec!.template) as unknown as Record<string, unknown>);
      return copy;
    };
    const errors = schemaErrors([
      changed((container) => (container['readinesProbe'] = container['readinessProbe'])),
      changed((container) => delete container['name']),
      changed((container) => (container['ports'] = [{ containerPort: '3000' }])),
    ]);
    expect(errors).toEqual([
      expect.stringMatching(/readinesProbe.* does not exist in type 'Container'/),
      expect.stringContaining("Property 'name' is missing"),
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
  });

  it('set only variables that the service has, and all that it requires', () => {
    const names = (pattern: RegExp) => [...envExample.matchAll(pattern)].map(([, name]) => name!);
    const ofPods = podTemplates.flatMap(([, template]) => containerOf(template).env!.map(({ name }) => name));
    const set = [...Object.keys(configuration), ...ofPods];
    expect(set.filter((name) => !names(/^#?(\w+)=/gm).includes(name))).toEqual([]);
    expect(names(/^(\w+)=/gm).filter((name) => !set.includes(name))).toEqual([]);
  });

  it('name the ports on which the service listens by default', () => {
    const unset = (variable: string) => Number(new RegExp(`^#${variable}=(.*)$`, 'm').exec(envExample)?.[1]);
    expect(containerOf(deployment.spec!.template).ports).toEqual([
      { name: 'http', containerPort: unset('PORT') },
      { name: 'metrics', containerPort: unset('METRICS_PORT') },
    ]);
  });

  it('expose the API and not its metrics', () => {
    const { ports } = (find('Service', 'api') as Service).spec!;
    expect(ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  });

  it('give a pod more time to end than the service takes', () => {
    const { terminationGracePeriodSeconds } = deployment.spec!.template.spec!;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(configuration['SHUTDOWN_GRACE_SECONDS']));
  });

  it('restart a pod that is not alive, and send no requests to one that is not ready', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(deployment.spec!.template);
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/livez', port: 'http' },
      { path: '/livez', port: 'http' },
      { path: '/readyz', port: 'http' },
    ]);
  });

  it('select the pods that they mean', () => {
    const { selector, template } = deployment.spec!;
    for (const labels of [
      selector.matchLabels,
      template.spec!.topologySpreadConstraints![0]!.labelSelector!.matchLabels,
      (find('Service', 'api') as Service).spec!.selector,
      (find('PodDisruptionBudget', 'api') as PodDisruptionBudget).spec!.selector!.matchLabels,
      (find('NetworkPolicy', 'api') as NetworkPolicy).spec!.podSelector.matchLabels,
    ])
      expect(labels).toEqual(template.metadata!.labels);
    const { matchLabels } = (find('NetworkPolicy', 'database') as NetworkPolicy).spec!.podSelector;
    for (const [, { metadata }] of podTemplates) expect(metadata!.labels).toMatchObject(matchLabels!);
    const { scaleTargetRef } = (find('HorizontalPodAutoscaler', 'api') as HorizontalPodAutoscaler).spec!;
    expect(deployment).toMatchObject({
      apiVersion: scaleTargetRef.apiVersion,
      kind: scaleTargetRef.kind,
      metadata: { name: scaleTargetRef.name },
    });
  });

  it('are all in the namespace that they create', () => {
    const { name } = (find('Namespace', 'api') as Manifest).metadata;
    const others = manifests.filter(({ kind }) => kind !== 'Namespace');
    expect(others.filter(({ metadata }) => metadata.namespace !== name)).toEqual([]);
  });

  describe.each(podTemplates)('of which the pods of the %s', (_, template) => {
    it('have the password where the service reads it, and get it when it changes', () => {
      const [mount] = containerOf(template).volumeMounts!;
      expect(configuration['PGPASSWORD_FILE']).toBe(`${mount!.mountPath}/password`);
      expect(mount).not.toHaveProperty('subPath');
    });

    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    it('keep to the restricted Pod Security Standard, and cannot write to their file system', () => {
      expect(template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(containerOf(template).securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    });
  });
});
