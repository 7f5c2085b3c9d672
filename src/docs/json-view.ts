import { escapeHtml, Html } from './html';
import { codeBlock } from './code-block';

/** A string with what makes it a member name, a number, or a literal of JSON text. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\b\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/** A value as highlighted JSON. */
export function jsonView(value: unknown): Html {
  const text = JSON.stringify(value, null, 2);
  let shown = '';
  let end = 0;
  for (const { 0: token, 1: string, 2: colon = '', index } of text.matchAll(TOKEN)) {
    const kind = string === undefined ? 'literal' : colon ? 'attr' : 'string';
    shown += escapeHtml(text.slice(end, index));
    shown += `<span class="hljs-${kind}">${escapeHtml(string ?? token)}</span>${colon}`;
    end = index + token.length;
  }
  return codeBlock(new Html(shown + escapeHtml(text.slice(end))));
}
