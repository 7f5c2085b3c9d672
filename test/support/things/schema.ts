import { z } from 'zod';
import { plainText, timestamp, uuid } from '../../../src/api/fields';
import { pageOf, pageQuery, uuidCursor } from '../../../src/api/paging';

const label = plainText({ max: 200 });

export const thing = z.object({ id: uuid, label, createdAt: timestamp, updatedAt: timestamp }).meta({
  id: 'Thing',
  examples: [
    {
      id: '01990000-0000-7000-8000-000000000001',
      label: 'Lamp',
      createdAt: '2026-11-21T10:00:00.000Z',
      updatedAt: '2026-11-21T10:00:00.000Z',
    },
  ],
});

export const newThing = z.strictObject({ label }).meta({ id: 'NewThing', examples: [{ label: 'Lamp' }] });

export const thingPatch = newThing.partial().meta({ id: 'ThingPatch', examples: [{ label: 'Desk' }] });

export const thingQuery = z.object({
  ...pageQuery(uuidCursor),
  label: label.optional().describe('Only the thing with this label'),
});

export const thingPage = pageOf('ThingPage', thing, uuidCursor);

export type Thing = z.output<typeof thing>;
export type NewThing = z.output<typeof newThing>;
export type ThingPatch = z.output<typeof thingPatch>;
