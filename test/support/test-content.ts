import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { Content } from '../../src/docs/content';
import { SERVICE_VARIABLE } from './service-variable';

/** The text of the portal, which the test run has rendered once. */
export function testContent(): Content {
  const service = process.env[SERVICE_VARIABLE];
  if (service === undefined) throw new Error(`${SERVICE_VARIABLE} is set by the global setup`);
  return JSON.parse(readFileSync(join(service, 'docs', 'content.json'), 'utf8')) as Content;
}
