import { writePrivateFile } from '../emulator/private-file';

/** What a program needs to call the API. */
export interface ClientFile {
  apiUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** Qualified with the resource server's identifier. */
  scopes: string[];
}

/** Writes it as JSON that only its owner may read. */
export function writeClientFile(path: string, client: ClientFile): void {
  writePrivateFile(path, JSON.stringify(client, null, 2) + '\n');
}

/** How a user signs in to get a token. */
export interface UserSignIn {
  url: string;
  username: string;
  password: string;
}

/**
 * The text that is printed once everything runs: the addresses, and two lines to paste into a shell (bash, zsh).
 *
 * @param operatorFile Where the credentials of the operator client are.
 * @param path What is called first.
 */
export function describeClient(
  { apiUrl, tokenUrl, clientId, clientSecret }: ClientFile,
  { url, username, password }: UserSignIn,
  operatorFile: string,
  path: string,
): string {
  const readToken = `node -pe 'JSON.parse(fs.readFileSync(0)).access_token'`;
  return `
API      ${apiUrl}
Docs     ${apiUrl}/docs
Tokens   ${tokenUrl}
Client   ${clientId}
Operator ${operatorFile}
Sign in  ${url}
         as ${username} with ${password}

Get a token, then call the API with it:

TOKEN=$(curl -sS -u '${clientId}:${clientSecret}' -d grant_type=client_credentials ${tokenUrl} | ${readToken})
curl -sS -i -H "Authorization: Bearer $TOKEN" ${apiUrl}${path}

Ctrl-C stops everything.
`;
}
