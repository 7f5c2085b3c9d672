const COLLECTION = '/api/v1/things';

/** A request of the API. */
export interface ApiRequest {
  readonly token?: string;
  readonly query?: string;
  /** JSON. With it the request is a POST. */
  readonly body?: string;
}

/** The bytes of a request as the load balancer passes it on. */
export function toBytes({ token, query = '', body }: ApiRequest): Buffer {
  const lines = [
    `${body === undefined ? 'GET' : 'POST'} ${COLLECTION}${query} HTTP/1.1`,
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Port: 443',
    'Host: api.example.com',
    'X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678',
    'User-Agent: third-party/1.0',
    'Accept: application/json',
  ];
  if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
  if (body !== undefined)
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from([...lines, '', body ?? ''].join('\r\n'));
}

/** The answer to a request: its status, and its body read as JSON. */
export async function answerTo(
  port: number,
  { token, query = '', body }: ApiRequest,
): Promise<{ status: number; body: unknown }> {
  const headers = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const content = body === undefined ? {} : { method: 'POST', body };
  const answer = await fetch(`http://127.0.0.1:${port}${COLLECTION}${query}`, { headers, ...content });
  return { status: answer.status, body: await answer.json() };
}
