// What makes the pages more comfortable. All of them can be read without it.

/** Remembers a choice for the next visit, where the browser allows it. */
function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice is for this page then.
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** An element with attributes and content. */
export function element(name, attributes, ...content) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...content);
  return made;
}

// The language of samples: one choice for all of them.

const LANGUAGE = 'docs-language';

function chooseLanguage(language) {
  for (const radio of document.querySelectorAll('.tabs input'))
    if (radio.value === language) radio.checked = true;
}

document.addEventListener('change', ({ target }) => {
  if (!target.matches('.tabs input')) return;
  // What is above may grow or shrink; what was clicked stays where it was.
  const before = target.getBoundingClientRect().top;
  chooseLanguage(target.value);
  scrollBy({ top: target.getBoundingClientRect().top - before, behavior: 'instant' });
  remember(LANGUAGE, target.value);
});
const language = remembered(LANGUAGE);
if (language) chooseLanguage(language);

// Copy buttons.

function addCopyButton(block) {
  const button = element('button', { type: 'button', className: 'copy', textContent: 'Copy' });
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(`${block.querySelector('code').textContent}\n`);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
  block.append(button);
}

// Browsers give the clipboard only to pages of HTTPS and of this machine.
if (navigator.clipboard) document.querySelectorAll('.block').forEach(addCopyButton);

// Search. What is searched is loaded when the field is used for the first time.

const form = document.querySelector('search form');
const field = form.querySelector('input');
const results = form.querySelector('.results');
let entries;

async function load() {
  entries ??= fetch('/docs/search.json').then((response) => response.json());
  return entries;
}

/** The best entries for words: all of them occur, and the earlier the place they occur in, the better. */
function find(all, words) {
  return all
    .map((entry) => ({ entry, rank: Math.max(...words.map((word) => rankOf(entry, word))) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 12)
    .map(({ entry }) => entry);
}

function rankOf({ heading, page, text, url }, word) {
  if (heading.toLowerCase().startsWith(word)) return url.includes('#') ? 1 : 0;
  const places = [heading, url, page, text];
  const place = places.findIndex((each) => each.toLowerCase().includes(word));
  return place < 0 ? Infinity : place + 2;
}

/** Text around the first of the words, which is marked. */
function excerpt(text, words) {
  const at = Math.max(0, ...words.map((word) => text.toLowerCase().indexOf(word)));
  const from = text.lastIndexOf(' ', Math.max(0, at - 30)) + 1;
  const [word] = words.filter((each) => text.toLowerCase().startsWith(each, at));
  if (!word) return [text.slice(0, 160)];
  const end = at + word.length;
  return [text.slice(from, at), element('mark', {}, text.slice(at, end)), text.slice(end, end + 140)];
}

async function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return void (results.hidden = true);
  const found = find(await load(), words);
  const count = found.length === 0 ? 'Nothing found' : `${found.length} result${found.length > 1 ? 's' : ''}`;
  const links = found.map(({ url, page, heading, text }) =>
    element(
      'li',
      {},
      element(
        'a',
        { href: url },
        element('strong', {}, heading === page ? page : `${page} › ${heading}`),
        element('span', {}, ...excerpt(text, words)),
      ),
    ),
  );
  const status = element('p', {}, count);
  status.setAttribute('role', 'status');
  results.replaceChildren(status, element('ul', {}, ...links));
  results.hidden = false;
}

function closeSearch() {
  results.hidden = true;
}

form.hidden = false;
field.addEventListener('focus', () => void load());
field.addEventListener('input', () => void search());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  results.querySelector('a')?.click();
});
form.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const stops = [field, ...results.querySelectorAll('a')];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
    event.preventDefault();
  } else if (event.key === 'Escape') {
    closeSearch();
    field.focus();
  }
});
form.addEventListener('focusout', ({ relatedTarget }) => {
  if (relatedTarget && !form.contains(relatedTarget)) closeSearch();
});
document.addEventListener('click', ({ target }) => {
  if (!form.contains(target) || target.closest('.results a')) closeSearch();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, textarea, select')) return;
  event.preventDefault();
  field.focus();
});

// A link within the page closes the sidebar that is in front of it.
const sidebar = document.querySelector('#sidebar');
sidebar.addEventListener('click', ({ target }) => {
  if (target.closest('a') && sidebar.matches(':popover-open')) sidebar.hidePopover();
});
