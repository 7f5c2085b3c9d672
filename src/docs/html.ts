/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes in. */
export type Part = Html | string | number | false | undefined | readonly Part[];

/** A template of HTML: what it takes in is escaped unless it is {@link Html}; `false` and `undefined` are left out. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + textOf(parts[index])).join(''));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part ? part.map(textOf).join('') : '';
}

/** Text as it is written in HTML, in an element or in an attribute between double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The text of HTML, without its elements. */
export function plainText({ text }: Html): string {
  return text
    .replaceAll(/<\/?(?:a|code|em|mark|span|strong|wbr)\b[^>]*>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll(/&#(?:39|x27);/g, "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A path, a URL or the name of a scope as code, which wraps after a slash where it is too long for its place. */
export function pathCode(path: string): Html {
  return new Html(`<code>${escapeHtml(path).replaceAll(/(?<=[^/])\/(?=[^/])/g, '/<wbr>')}</code>`);
}

/** Text in which `` `code` `` is set as code. */
export function withCode(text: string): Html {
  return new Html(escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>'));
}
