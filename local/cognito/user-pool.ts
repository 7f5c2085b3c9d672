import { type KeyObject, randomInt } from 'node:crypto';
import { issuerOf } from './issuer';
import { createSigningKey, type PublishedKey, publish } from './signing-key';
import { type Client, loadState, saveState, type State } from './state';

export interface UserPoolOptions {
  /** For example `eu-central-1_Local0001`; the region is part of it. */
  id: string;
  /** Which of the pool's two issuer URLs its tokens carry. Without it: the ORIGINAL form. */
  issuer?: string | undefined;
  /** Where keys and clients are kept. */
  stateFile: string;
  /** All scopes that the resource server defines, qualified with its identifier. */
  scopes: string[];
  /** The machine client's id and secret, for who has to know them beforehand. Without them: chosen at random and kept. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
}

export interface UserPool {
  readonly id: string;
  readonly issuer: string;
  /** The app client that every pool has from the start, with the client-credentials flow and all scopes. */
  readonly machineClient: Client;
  findClient(clientId: string): Client | undefined;
  /** The key that signs access tokens now. */
  accessKey(): KeyObject;
  /** The keys that verifiers may see: those of ID tokens first, then of access tokens, newest first. */
  publishedKeys(): PublishedKey[];
  /** Signs access tokens with a new key from now on. The one before stays published until the next rotation. */
  rotateAccessKey(): void;
}

const machineClientName = 'third-party';

/**
 * Opens a user pool: the one kept in the state file, or a new one that is kept there from now on. The machine
 * client gets the scopes that came since.
 *
 * @throws Error when the id or the issuer is not one of Cognito's, or the state is damaged.
 */
export function openUserPool(options: UserPoolOptions): UserPool {
  const { id, issuer: chosen, stateFile } = options;
  const issuer = issuerOf(id, chosen);
  let state: State = loadState(stateFile) ?? createState();
  const machineClient = seedMachineClient(state, options);
  saveState(stateFile, state);

  return {
    id,
    issuer,
    machineClient,
    findClient: (clientId) => state.clients.find((client) => client.clientId === clientId),
    accessKey: () => state.accessKey,
    publishedKeys() {
      const { idKey, accessKey, previousAccessKey } = state;
      return [idKey, accessKey, ...(previousAccessKey ? [previousAccessKey] : [])].map(publish);
    },
    rotateAccessKey() {
      const rotated = { ...state, accessKey: createSigningKey(), previousAccessKey: state.accessKey };
      // Kept before it is used: a key that signed and is then forgotten leaves tokens nobody can verify.
      saveState(stateFile, rotated);
      state = rotated;
    },
  };
}

function createState(): State {
  return { idKey: createSigningKey(), accessKey: createSigningKey(), clients: [] };
}

function seedMachineClient(state: State, { scopes, clientId, clientSecret }: UserPoolOptions): Client {
  const client = state.clients.find(({ clientName }) => clientName === machineClientName) ?? addClient(state);
  return Object.assign(client, {
    allowedOAuthScopes: scopes,
    ...(clientId && { clientId }),
    ...(clientSecret && { clientSecret }),
  });
}

function addClient(state: State): Client {
  const client: Client = {
    clientId: randomText(26),
    clientName: machineClientName,
    clientSecret: randomText(51),
    allowedOAuthFlows: ['client_credentials'],
    allowedOAuthScopes: [],
    accessTokenValiditySeconds: 3600,
  };
  state.clients.push(client);
  return client;
}

/** Ids and secrets as Cognito makes them: lower-case letters and digits. */
function randomText(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
