import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** The ports in use, by the environment variable that sets each. */
export interface Ports {
  PORT: number;
  METRICS_PORT: number;
  LOCAL_COGNITO_PORT: number;
  LOCAL_POSTGRES_PORT: number;
}

/**
 * Reads the ports from the environment and checks that all of them are free.
 *
 * @throws Error that names every port that cannot be used, with the variable that changes it.
 */
export async function choosePorts(env: NodeJS.ProcessEnv): Promise<Ports> {
  const ports: Ports = {
    PORT: read(env['PORT'], 3000),
    METRICS_PORT: read(env['METRICS_PORT'], 9464),
    LOCAL_COGNITO_PORT: read(env['LOCAL_COGNITO_PORT'], 4000),
    LOCAL_POSTGRES_PORT: read(env['LOCAL_POSTGRES_PORT'], 54329),
  };
  const problems: string[] = [];
  // All are held until the last is tried, which detects two variables with the same port as well.
  const held: Server[] = [];
  for (const [name, port] of Object.entries(ports) as [keyof Ports, number][]) {
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      held.push(server);
    } catch (error) {
      problems.push(describe(name, env[name] ?? String(port), (error as NodeJS.ErrnoException).code));
    }
  }
  await Promise.all(held.map((server) => once(server.close(), 'close')));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return ports;
}

/** NaN, which no server can listen on, for a malformed port, and for 0, which means any port. */
function read(value: string | undefined, otherwise: number): number {
  return value === undefined ? otherwise : Number(value) || NaN;
}

function describe(name: string, value: string, code = ''): string {
  if (code === 'ERR_SOCKET_BAD_PORT') return `${name}=${value} is not a port: 1 to 65535 was expected.`;
  const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code})`;
  return `Port ${value} ${reason}: set ${name} to another one, or stop what uses it.`;
}
