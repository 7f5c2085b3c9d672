import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError, exitCodes } from './command-error';
import { parseJsonObject } from './parse-json-object';

/**
 * The address of the emulator: the one that `npm run local` noted in its folder when it started. LOCAL_COGNITO_PORT
 * chooses another one on this machine, such as that of docker compose.
 *
 * @throws CommandError if there is none, or LOCAL_COGNITO_PORT is not a port number
 */
export function emulatorUrl(env: NodeJS.ProcessEnv): string {
  const port = env['LOCAL_COGNITO_PORT'];
  if (port) {
    if (!/^\d{1,5}$/.test(port))
      throw new CommandError('LOCAL_COGNITO_PORT: expected a port number', exitCodes.usage);
    return `http://127.0.0.1:${port}`;
  }
  const file = join(localDirectory(env), 'operator.json');
  const { tokenUrl } = parseJsonObject(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (typeof tokenUrl === 'string' && URL.canParse(tokenUrl)) return new URL(tokenUrl).origin;
  throw new CommandError(
    `${file} does not name an emulator: start \`npm run local\`, or set LOCAL_COGNITO_PORT to the emulator's port (4000 with docker compose).`,
  );
}

/** What belongs to this machine alone; git ignores it. `npm run local` keeps its data there. */
export function localDirectory(env: NodeJS.ProcessEnv): string {
  return resolve(env['LOCAL_DIRECTORY'] ?? join(__dirname, '..', '.local'));
}
