import { resolve } from 'node:path';
import { createApiClient, dataOf } from './api-client.js';
import { ApiError } from './api-error.js';
import { readSettings } from './settings.js';

// `npm run local` writes the file that is read by default.
const settings = readSettings(resolve(process.env.CLIENT_FILE ?? '../../.local/client.json'));
const api = createApiClient(settings);

try {
  const { name, clientId, scopes } = await dataOf(api.GET('/api/v1/me'));
  console.log(`${name ?? clientId} may call with\n${scopes.map((scope) => `  ${scope}\n`).join('')}`);
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
