import { parseJsonObject } from '../parse-json-object';
import { sendRequest } from '../send-request';

/** Whether the API takes requests with a token, whatever its scopes. */
export interface Admission {
  readonly admitted: boolean;
  readonly status: number;
  /** Why not: the `code` of the problem. */
  readonly code: string | undefined;
}

/**
 * Asks the API's `/api/v1/me`, which every client may call that the client registry or COGNITO_CLIENT_IDS admits: a list
 * that only the running tasks know.
 *
 * @throws CommandError if there is no answer
 */
export async function askAdmission(apiUrl: string, token: string): Promise<Admission> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await sendRequest(`${apiUrl}/api/v1/me`, { headers });
  const { code } = parseJsonObject(await answer.text());
  return { admitted: answer.ok, status: answer.status, code: typeof code === 'string' ? code : undefined };
}
