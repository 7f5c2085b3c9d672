import { z } from 'zod';
import { plainText, timestamp } from '../../api/fields';
import { pageOf, pageQuery } from '../../api/paging';

/** The id of an app client, by Cognito's own pattern. */
export const clientId = z
  .string()
  .max(128)
  .regex(/^[\w+]+$/, 'expected the id of an app client');

const name = plainText({ max: 200 });

const MAX_LIMIT = 1_000_000_000;
const limit = z.int32().min(0).max(MAX_LIMIT);
const requestsPerSecond = limit.describe('Over all tasks together; 0: any number');
const burst = limit.describe('Requests at once after a pause; if left out beside a rate, twice the rate');
const requestsPerDay = limit.describe('Per UTC day; 0: any number');

const limits = z
  .strictObject({
    requestsPerSecond: requestsPerSecond.optional(),
    burst: burst.optional(),
    requestsPerDay: requestsPerDay.optional(),
  })
  .describe('What is left out is left to the defaults')
  .meta({ id: 'ClientLimits', examples: [{ requestsPerSecond: 50, burst: 100, requestsPerDay: 1_000_000 }] });

const limitsPatch = z.strictObject({
  requestsPerSecond: requestsPerSecond.nullable().optional(),
  burst: burst.nullable().optional(),
  requestsPerDay: requestsPerDay.nullable().optional(),
});

const tokensValidFrom = timestamp.nullable().describe('Tokens issued in this second or before are refused');

/** A client as operators see it. */
export const client = z
  .object({
    id: clientId,
    name,
    enabled: z.boolean(),
    tokensValidFrom,
    limits: limits.nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
    inForce: z
      .object({
        tasks: z.int32().min(0).describe('Running tasks'),
        confirmed: z.int32().min(0).describe('Those that act on this version of the client'),
      })
      .describe('How far the newest version has come'),
  })
  .meta({
    id: 'Client',
    examples: [
      {
        id: '1example23456789',
        name: 'acme',
        enabled: true,
        tokensValidFrom: null,
        limits: null,
        createdAt: '2026-11-26T08:00:00.000Z',
        updatedAt: '2026-11-26T08:00:00.000Z',
        inForce: { tasks: 4, confirmed: 4 },
      },
    ],
  });

export const clientDefinition = z
  .strictObject({
    name,
    enabled: z.boolean().optional().describe('Left out: true for a new client, unchanged for another'),
    limits: limits.nullable().default(null),
  })
  .meta({ id: 'ClientDefinition', examples: [{ name: 'acme' }] });

export const clientPatch = z
  .strictObject({
    name: name.optional(),
    enabled: z.boolean().optional(),
    limits: limitsPatch.nullable().optional(),
  })
  .meta({ id: 'ClientPatch', examples: [{ enabled: false }] });

export const clientQuery = z.object(pageQuery(clientId));

export const clientPage = pageOf('ClientPage', client, clientId);

/** The id of an event: the version of the registry that the change made. */
const eventId = z
  .string()
  .max(9)
  .regex(/^[1-9]\d*$/, 'expected a cursor of an earlier page');

function change<Value extends z.ZodType>(value: Value) {
  return z.object({ from: value.nullable(), to: value.nullable() }).optional();
}

const clientEvent = z
  .object({
    id: eventId,
    at: timestamp,
    actor: z
      .object({ clientId, subject: z.string().max(2048).regex(/^.+$/s) })
      .describe('Who made the change, by its token'),
    action: z.enum(['created', 'changed', 'tokens_revoked', 'deleted']),
    changes: z
      .object({
        name: change(name),
        enabled: change(z.boolean()),
        limits: change(limits),
        tokensValidFrom: change(timestamp),
      })
      .describe('Members that are not as before'),
    requestId: z
      .string()
      .max(50)
      .regex(/^[\dA-Fa-f-]+$/)
      .describe('The request in the log'),
  })
  .meta({
    id: 'ClientEvent',
    examples: [
      {
        id: '42',
        at: '2026-11-26T08:00:00.000Z',
        actor: { clientId: '1operator', subject: '1operator' },
        action: 'changed',
        changes: { enabled: { from: true, to: false } },
        requestId: '0e8b2f5e-6d0c-4a55-9f5f-6f1d0a1c2b3d',
      },
    ],
  });

export const clientEventQuery = z.object(pageQuery(eventId));

export const clientEventPage = pageOf('ClientEventPage', clientEvent, eventId);

/** Days of usage that are read at a time. */
export const MAX_USAGE_DAYS = 92;

const day = z.iso.date('expected a day such as 2026-11-26').max(10);
const count = z.int().min(0);

export const clientUsageQuery = z.object({
  from: day.optional().describe('First day, UTC. Left out: 30 days up to `to`'),
  to: day.optional().describe('Last day, UTC. Left out: today'),
});

export const clientUsage = z
  .object({
    data: z
      .array(
        z.object({
          day,
          requests: count.describe('All with a valid token'),
          refused: count.describe('Those answered 401 or 403'),
          limited: count.describe('Those answered 429'),
        }),
      )
      .max(MAX_USAGE_DAYS)
      .describe('By day; days without requests are left out'),
  })
  .meta({
    id: 'ClientUsage',
    examples: [{ data: [{ day: '2026-11-26', requests: 12_040, refused: 3, limited: 12 }] }],
  });

export type Client = z.output<typeof client>;
export type ClientDefinition = z.output<typeof clientDefinition>;
export type ClientPatch = z.output<typeof clientPatch>;
export type ClientEvent = z.output<typeof clientEvent>;
export type ClientUsage = z.output<typeof clientUsage>;
export type ClientUsageQuery = z.output<typeof clientUsageQuery>;
