// Runs a TypeScript module without dependencies, as newer versions of Node do by themselves: `node run-typescript.mjs FILE`.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const [, , file] = process.argv;
const compiled = `${file}.mjs`;
const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
});
writeFileSync(compiled, outputText);
await import(pathToFileURL(compiled).href);
