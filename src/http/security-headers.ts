import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * The security headers of an API: nothing it answers is a page, may be framed, or may be guessed to be of another type.
 * What makes sense only for pages of their own is off.
 */
export function securityHeaders(): (res: ServerResponse) => void {
  const headers = constantHeaders();
  return (res) => {
    for (const { name, value } of headers) res.setHeader(name, value);
  };
}

/** They are the same on every answer, so helmet is asked once. */
function constantHeaders(): readonly { readonly name: string; readonly value: string }[] {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: { maxAge: 63_072_000 },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  // Only a directive that is a function, of which there is none, could fail here.
  setHeaders(res.req, res, () => undefined);
  return Object.entries(res.getHeaders()).map(([name, value]) => ({ name, value: String(value) }));
}
