import { z } from 'zod';
import { plainText, timestamp } from '../../api/fields';

const limit = z.int32().min(0);
const count = z.int().min(0);

/** The client of a token, as it sees itself. */
export const me = z
  .object({
    clientId: z
      .string()
      .max(128)
      .regex(/^[\w+]+$/),
    name: plainText({ max: 200 }).nullable().describe('null where the operator has not named the client'),
    scopes: z
      .array(
        z
          .string()
          .max(512)
          .regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/),
      )
      .max(1000)
      .describe('Those of the token, qualified'),
    tokenExpiresAt: timestamp,
    limits: z
      .object({
        requestsPerSecond: limit.describe('Over all tasks together; 0: any number'),
        burst: limit.describe('Requests at once after a pause'),
        requestsPerDay: limit.describe('Per UTC day; 0: any number'),
      })
      .describe('The limits in effect'),
    usage: z.object({
      today: z
        .object({
          requests: count.describe('All with a valid token, this one included'),
          refused: count.describe('Those answered 401 or 403'),
          limited: count.describe('Those answered 429'),
        })
        .describe(
          'Since midnight UTC, over all tasks; what other tasks have counted within two seconds may be missing',
        ),
    }),
  })
  .meta({
    id: 'Me',
    examples: [
      {
        clientId: '1example23456789',
        name: 'acme',
        scopes: ['https://api.example.com/invoices.read'],
        tokenExpiresAt: '2026-11-26T09:00:00.000Z',
        limits: { requestsPerSecond: 100, burst: 200, requestsPerDay: 0 },
        usage: { today: { requests: 1204, refused: 3, limited: 12 } },
      },
    ],
  });
