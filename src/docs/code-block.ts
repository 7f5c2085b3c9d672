import { markup, Html } from './html';

/** Code in one language. */
export interface CodeBlock {
  /** As its tab is called. */
  readonly language: string;
  readonly block: Html;
}

/**
 * Code in a frame that scrolls.
 *
 * @param code highlighted
 * @param language as its tab is called, where it is one of several
 */
export function codeBlock(code: Html, language?: string): Html {
  const data = language !== undefined && markup` data-language="${language}"`;
  return markup`<div class="block"${data}><pre tabindex="0"><code>${code}</code></pre></div>`;
}

/** The code blocks in a part of the content, by their languages. */
export function codeBlocks(content: string): readonly CodeBlock[] {
  return [...content.matchAll(/<div class="block" data-language="([^"]+)">[\s\S]*?<\/pre><\/div>/g)].map(
    ([block, language = '']) => ({ language, block: new Html(block) }),
  );
}

/**
 * The same code in several languages, of which the chosen one is shown. Radio buttons need no script.
 *
 * @param id unique on the page
 */
export function tabs(id: string, blocks: readonly CodeBlock[]): Html {
  const choices = blocks.map(({ language }, index) => {
    const checked = index === 0 && markup` checked`;
    return markup`<label><input type="radio" name="${id}-language" value="${language}"${checked}><span>${language}</span></label>`;
  });
  return markup`<div class="tabs">
    <fieldset>
      <legend>Language</legend>
      ${choices}
    </fieldset>
    ${blocks.map(({ block }) => block)}
  </div>`;
}
