import fs from 'node:fs';
import { codeBlock, codeBlocks, tabs } from '../../src/docs/code-block';
import { fill, loadContent, partOf } from '../../src/docs/content';
import { Html } from '../../src/docs/html';
import { testContent } from '../support/test-content';

// Jest cannot load the packages that render: the test run has rendered the real content before it began.
jest.mock('../../src/docs/render-content', () => ({
  renderContent: () => ({ errors: '<h1>Rendered</h1>' }),
}));

describe('loading the content', () => {
  it('renders it where nothing was built', () => {
    expect(loadContent()).toEqual({ errors: '<h1>Rendered</h1>' });
  });

  it('reads what the build has rendered, and renders nothing', () => {
    jest.spyOn(fs, 'existsSync').mockReturnValue(true);
    const read = jest.spyOn(fs, 'readFileSync').mockReturnValue('{"errors":"<h1>Built</h1>"}');
    expect(loadContent()).toEqual({ errors: '<h1>Built</h1>' });
    expect(read.mock.calls).toEqual([[expect.stringMatching(/\/src\/docs\/content\.json$/), 'utf8']]);
  });
});

it('refuses a name that the content does not have', () => {
  expect(partOf({ errors: '<h1>Errors</h1>' }, 'errors')).toBe('<h1>Errors</h1>');
  expect(() => partOf({}, 'errors')).toThrow('the content has no errors');
});

describe('filling the content', () => {
  const empty = { values: {}, blocks: {}, features: new Set<string>() };

  it('escapes values, as HTML and as the language of the code needs it', () => {
    const values = { text: `it's a "\\" & <b>` };
    const filled = (content: string) => fill(content, { ...empty, values }).text;
    expect(filled('{{text}}')).toBe(`it's a &quot;\\&quot; &amp; &lt;b&gt;`);
    expect(filled('{{text|sh}}')).toBe(`it'\\''s a &quot;\\&quot; &amp; &lt;b&gt;`);
    expect(filled('{{text|ts}}')).toBe(`it\\'s a &quot;\\\\&quot; &amp; &lt;b&gt;`);
    expect(filled('{{text|java}}')).toBe(`it's a \\&quot;\\\\\\&quot; &amp; &lt;b&gt;`);
  });

  it('keeps a condition that holds, and leaves out one that does not', () => {
    const content = '<!-- if list -->pages<!-- /if --><!-- if idempotency -->keys<!-- /if -->';
    expect(fill(content, { ...empty, features: new Set(['list']) }).text).toBe('pages');
  });

  it('takes a block as the HTML that it is', () => {
    expect(fill('<!-- facts -->', { ...empty, blocks: { facts: new Html('<dl></dl>') } }).text).toBe(
      '<dl></dl>',
    );
  });

  it.each([
    ['a value', '{{apiUrl}}', 'apiUrl'],
    ['a block', '<!-- facts -->', 'facts'],
    ['a language', '{{apiUrl|cobol}}', 'cobol'],
  ])('refuses %s that it is not given', (_, content, name) => {
    const values: Record<string, string> = name === 'cobol' ? { apiUrl: 'https://api.example.com' } : {};
    expect(() => fill(content, { ...empty, values })).toThrow(
      `the content asks for ${name}, which is not given`,
    );
  });
});

it('the samples of a request have the same languages with a body and without', () => {
  const languages = ['with-body', 'without-body'].map((feature) => {
    const samples = fill(partOf(testContent(), 'reference-samples'), {
      values: { method: 'PUT', url: 'https://api.example.com', body: '{}', mediaType: 'application/json' },
      blocks: {},
      features: new Set([feature]),
    });
    return codeBlocks(samples.text).map(({ language }) => language);
  });
  expect(languages).toEqual(Array(2).fill(['curl', 'TypeScript', 'Python', 'Java']));
});

describe('code blocks', () => {
  const blocks = [
    { language: 'curl', block: codeBlock(new Html('curl -i'), 'curl') },
    { language: 'Python', block: codeBlock(new Html('requests.get()'), 'Python') },
  ];

  it('are found in content by their languages, and those without a language are not', () => {
    const content = `${blocks.map(({ block }) => block.text).join('<p>or</p>')}${codeBlock(new Html('200 OK')).text}`;
    expect(codeBlocks(content)).toEqual(blocks);
  });

  it('are tabs of which the first is chosen', () => {
    const chosen = [...tabs('call', blocks).text.matchAll(/value="(\w+)" checked/g)].map(
      ([, value]) => value,
    );
    expect(chosen).toEqual(['curl']);
  });
});
