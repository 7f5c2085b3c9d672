import { resolve } from 'node:path';
import { readSettings } from './settings.js';
import { ApiError, UsersApi } from './users-api.js';

const USAGE = `npm start -- list
npm start -- create <e-mail address> <name>

The settings are read from the file that CLIENT_FILE names; without it, from ../../.local/client.json,
which \`npm run local\` has written.
`;

async function main([command, ...args]: readonly string[]): Promise<void> {
  const [email, name] = args;
  if (command === 'list' && args.length === 0) {
    for await (const user of usersApi().list()) console.log(`${user.id}  ${user.email}  ${user.name}`);
  } else if (command === 'create' && email && name && args.length === 2) {
    const user = await usersApi().create({ email, name });
    console.log(`created ${user.id}`);
  } else {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  }
}

function usersApi(): UsersApi {
  return new UsersApi(readSettings(resolve(process.env.CLIENT_FILE ?? '../../.local/client.json')));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
