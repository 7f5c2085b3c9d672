import type { Json } from './json-schema';

/**
 * The headers that answers to a limited client have, as components of an API description
 * (draft-ietf-httpapi-ratelimit-headers-11). They are optional: what is answered before the client is known has none.
 */
export const rateLimitHeaders: Json = {
  'RateLimit-Policy': {
    description: 'The limits of the client: `q` requests in `w` seconds. Absent where it has none',
    schema: { type: 'string', maxLength: 200, pattern: '^"\\w+";q=\\d+;w=\\d+(, "\\w+";q=\\d+;w=\\d+)*$' },
    example: '"second";q=200;w=2, "day";q=100000;w=86400',
  },
  RateLimit: {
    description:
      'What is left of each limit: at most `r` requests in the next `t` seconds. Absent where the client has no limits',
    schema: { type: 'string', maxLength: 200, pattern: '^"\\w+";r=\\d+;t=\\d+(, "\\w+";r=\\d+;t=\\d+)*$' },
    example: '"second";r=199;t=1, "day";r=99312;t=40220',
  },
};
