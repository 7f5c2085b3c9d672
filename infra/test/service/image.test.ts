import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addDeployment } from '../../deployment';
import { PROJECT } from '../support/service';
import { REQUIRED } from '../support/templates';

interface ImageAsset {
  readonly source: {
    readonly directory: string;
    readonly dockerBuildArgs: Record<string, string>;
    readonly dockerBuildTarget: string;
    readonly platform: string;
  };
}

const dockerfile = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8');

let outdir: string;
let asset: ImageAsset['source'];
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'image-'));
  const app = new App({ context: REQUIRED, outdir });
  addDeployment(app);
  app.synth({ skipValidation: true });
  const { dockerImages } = JSON.parse(readFileSync(join(outdir, 'Service.assets.json'), 'utf8')) as {
    dockerImages: Record<string, ImageAsset>;
  };
  [asset] = Object.values(dockerImages).map(({ source }) => source) as [ImageAsset['source']];
});
afterAll(() => rmSync(outdir, { recursive: true }));

test('the build context has what the service is built from, and nothing of the emulator', () => {
  const files = readdirSync(join(outdir, asset.directory), { recursive: true, encoding: 'utf8' });
  expect(files).toEqual(expect.arrayContaining(['Dockerfile', 'package-lock.json', 'src/main.ts']));
  expect(files.filter((file) => /^(local|emulator|infra|test)\b|cognito\.json$/.test(file))).toEqual([]);
});

test('every file that the service is built from is in the context', () => {
  const stages = dockerfile
    .split(/^FROM /m)
    .filter((stage) => /AS (packages|build|production-dependencies|service)\n/.test(stage));
  expect(stages).toHaveLength(4);
  const copied = stages
    .flatMap((stage) => [...stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)])
    .flatMap(([, sources = '']) => sources.split(' '));
  const context = readdirSync(join(outdir, asset.directory), { recursive: true, encoding: 'utf8' });
  expect(context).toEqual(expect.arrayContaining(copied));
});

test('the image is labelled with the version and revision of the last commit that changed it', () => {
  const revision = execFileSync(
    'git',
    ['log', '-1', '--format=%H', '--', 'src', 'Dockerfile', 'package*.json'],
    {
      cwd: PROJECT,
      encoding: 'utf8',
    },
  ).trim();
  expect(asset.dockerBuildArgs).toEqual({
    VERSION: expect.stringMatching(/^(?!0\.0\.0|unknown)/),
    REVISION: expect.stringContaining(revision),
  });
});

test('the base image is an exact version', () => {
  const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(node:\S+)/gm)].map(([, base]) => base);
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-/);
});

test('the image for ARM64 is built without emulation, from packages for any processor', () => {
  expect(asset.platform).toBe('linux/arm64');
  const [, service = ''] = dockerfile.split(' AS service\n');
  expect(service).not.toMatch(/^RUN /m);
  const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; cpu?: string[]; os?: string[] }>;
  };
  const bound = Object.entries(packages).filter(([, { dev, cpu, os }]) => !dev && (cpu ?? os));
  expect(bound).toEqual([]);
});
