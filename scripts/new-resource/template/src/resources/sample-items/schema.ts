import { z } from 'zod';
import { plainText, timestamp, uuid } from '../../api/fields';
import { pageOf, pageQuery, uuidCursor } from '../../api/paging';

/** What callers give a sample item. */
const members = {
  name: plainText({ max: 200 }),
};

/** Values for documents and tests. */
export const example = {
  name: 'Example',
};

/** A sample item as callers see it. */
export const sampleItem = z
  .object({ id: uuid, ...members, createdAt: timestamp, updatedAt: timestamp })
  .meta({
    id: 'SampleItem',
    examples: [
      {
        id: '01990000-0000-7000-8000-000000000001',
        ...example,
        createdAt: '2026-11-21T10:00:00.000Z',
        updatedAt: '2026-11-21T10:00:00.000Z',
      },
    ],
  });

export const newSampleItem = z.strictObject(members).meta({ id: 'NewSampleItem', examples: [example] });

export const sampleItemPatch = newSampleItem.partial().meta({ id: 'SampleItemPatch', examples: [example] });

export const sampleItemQuery = z.object(pageQuery(uuidCursor));

export const sampleItemPage = pageOf('SampleItemPage', sampleItem, uuidCursor);

export type SampleItem = z.output<typeof sampleItem>;
export type NewSampleItem = z.output<typeof newSampleItem>;
export type SampleItemPatch = z.output<typeof sampleItemPatch>;
