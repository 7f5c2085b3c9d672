import { Html, plainText } from './html';
import type { Page } from './page-frame';

/** Something that search finds: a page, or a part of one. */
export interface SearchEntry {
  readonly url: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

/** A page in parts, each of which begins with a heading. Their text is what is below it. */
export function searchEntries({ path, title, body }: Page): readonly SearchEntry[] {
  const text = body.text
    .replaceAll(/<(dialog|form|pre|fieldset|h1|dt|thead)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<p class="crumbs">.*?<\/p>/, '');
  const parts = [...text.matchAll(/<h2 id="([^"]*)">([\s\S]*?)<\/h2>([\s\S]*?)(?=<h2 id=|$)/g)];
  return [
    { url: path, page: title, heading: title, text: plainText(new Html(text.slice(0, parts[0]?.index))) },
    ...parts.map(([, id = '', heading = '', below = '']) => ({
      url: `${path}#${id}`,
      page: title,
      heading: plainText(new Html(heading)),
      text: plainText(new Html(below)),
    })),
  ];
}
