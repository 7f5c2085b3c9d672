import type { IncomingMessage } from 'node:http';

/**
 * Whether a request has one `Host`, or none where it is of HTTP/1.0, RFC 9112 §3.2. With two, those before and behind this
 * service may each go by another one. Node checks only that there is one, and then answers without handing the request on.
 */
export function namesOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion !== '1.1');
}
