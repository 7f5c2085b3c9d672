/** One token of JSON text with the white space before it, RFC 8259 §2; what begins like one but is cut off is none. */
const TOKEN =
  // eslint-disable-next-line no-control-regex -- a string may hold none of them
  /[ \t\n\r]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w))/y;

/** What may come next: a value, the first member or item or the end, a member name, a colon, a comma or the end, nothing. */
type Expected = 'value' | 'first item' | 'first name' | 'name' | ':' | ',' | 'end';

/**
 * Where text stops being JSON: the line and the column, from 1, of the first token that does not belong there, or of the end
 * where the text ends too early. For text that `JSON.parse` refuses, whose message would echo what the caller has sent.
 */
export function jsonFault(text: string): { readonly line: number; readonly column: number } {
  const open: string[] = [];
  let expected: Expected = 'value';
  TOKEN.lastIndex = 0;
  let end = 0;
  for (;;) {
    const match = TOKEN.exec(text);
    const next: Expected | null =
      match && after(expected, match[1] ?? (match[2] === undefined ? 'literal' : 'string'), open);
    if (next === null) return positionOf(text, end);
    expected = next;
    end = TOKEN.lastIndex;
  }
}

/** What may come after a token; `null` where it may not come itself. */
function after(expected: Expected, token: string, open: string[]): Expected | null {
  const isValue = expected === 'value' || expected === 'first item';
  const afterValue = () => (open.length > 0 ? ',' : 'end');
  switch (token) {
    case '[':
    case '{':
      if (!isValue) return null;
      open.push(token);
      return token === '[' ? 'first item' : 'first name';
    case ']':
    case '}':
      if (open.at(-1) !== (token === ']' ? '[' : '{')) return null;
      if (expected !== ',' && expected !== (token === ']' ? 'first item' : 'first name')) return null;
      open.pop();
      return afterValue();
    case ':':
      return expected === ':' ? 'value' : null;
    case ',':
      if (expected !== ',') return null;
      return open.at(-1) === '{' ? 'name' : 'value';
    case 'string':
      if (expected === 'name' || expected === 'first name') return ':';
      return isValue ? afterValue() : null;
    default:
      return isValue ? afterValue() : null;
  }
}

/** Of the first character behind white space. */
function positionOf(text: string, end: number): { line: number; column: number } {
  const rest = text.slice(end).search(/[^ \t\n\r]/);
  const index = rest < 0 ? text.length : end + rest;
  const lines = text.slice(0, index).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
