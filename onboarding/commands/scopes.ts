import type { Command } from 'commander';
import { describeError } from '../aws/describe-error';
import { type AppClient, findAppClient, setScopes } from '../cognito/app-client';
import { readScopes } from '../cognito/scopes';
import { CommandError } from '../command-error';
import { examples } from '../help';
import type { Session } from '../session';
import { assertRevoked, describeRevocation, revokeTokens } from './revoke';

interface Options {
  readonly operator?: boolean;
}

/** `client scopes`: changes what a client may ask for. */
export function addScopes(program: Command, open: () => Promise<Session>): void {
  program
    .command('scopes')
    .summary('change the scopes of a client')
    .description(
      'Sets the scopes that Cognito issues tokens with. Unless it only adds some, the tokens that the client has are then revoked, since they hold the old ones.',
    )
    .argument('<client>', 'its name or id')
    .argument('<scopes>', 'all that it is to have, comma-separated, bare (invoices.read) or qualified')
    .option('--operator', 'the client is one of yours, and may have scopes that manage clients')
    .addHelpText('after', examples('scopes acme invoices.read', 'scopes acme invoices.read,invoices.write'))
    .action(async (idOrName: string, list: string, options: Options) => {
      await changeScopes(await open(), idOrName, list, options);
    });
}

async function changeScopes(
  session: Session,
  idOrName: string,
  list: string,
  { operator = false }: Options,
): Promise<void> {
  const { registry, terminal } = session;
  const client = await findAppClient(session, idOrName);
  const scopes = await readScopes(session, list, operator);
  const { clientId, clientName } = client;
  const registered = await registry.find(clientId);
  await setScopes(session, clientId, scopes);
  const result = { clientId, clientName, scopes };
  const summary = `${clientName} may ask for ${scopes.join(' ')}.`;
  if (onlyAdds(client, scopes)) {
    terminal.print(result, `${summary} Tokens that it has do not hold more than before.`);
    return;
  }
  // After Cognito, or it could get new tokens with the old scopes.
  if (!registered) {
    throw new CommandError(
      `${summary} Its tokens, which hold the old scopes, cannot be revoked, since it is not in the client registry: ${session.commandLine('disable', clientId)} refuses them. They expire by themselves ${client.accessTokenValiditySeconds} s after they were issued.`,
    );
  }
  const revoked = await revokeTokens(session, { id: clientId, name: clientName, registered }).catch(
    (error: unknown) => {
      throw new CommandError(
        `${summary} Its tokens, which hold the old scopes, were not revoked. ${describeError(error)} Run the command again to complete it.`,
      );
    },
  );
  const { inForce } = revoked;
  terminal.print(
    { ...result, tokensValidFrom: revoked.registered.tokensValidFrom, inForce },
    `${summary}\n${describeRevocation(revoked.registered, inForce)}.`,
  );
  assertRevoked(session, clientId, inForce);
}

/** Whether the client keeps every scope. Where none changes, an earlier run may have been interrupted before it revoked. */
function onlyAdds({ scopes: before }: AppClient, scopes: readonly string[]): boolean {
  return scopes.length > before.length && before.every((scope) => scopes.includes(scope));
}
