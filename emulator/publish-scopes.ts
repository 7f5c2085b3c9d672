import { scopeCatalogue } from './scope-catalogue';
import { readEmulatorSettings } from './settings';

/** Sends the scope catalogue to a running emulator. `npm run dev` runs this program on each change of the catalogue. */
async function main(): Promise<void> {
  const { port } = readEmulatorSettings(process.env);
  const response = await fetch(`http://127.0.0.1:${port}/_control/scopes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ scopes: scopeCatalogue }),
  });
  if (!response.ok) throw new Error(await response.text());
}

main().catch((error: unknown) => {
  process.stderr.write(`The emulator did not take over the scopes: ${String(error)}\n`);
  process.exitCode = 1;
});
