// Sends the requests of the reference, with a token of the client that the reader enters.

import { element } from '/docs/portal.js';

const TOKEN = 'docs-token';
const panel = document.querySelector('.authorization');
const state = panel.querySelector('p');
const dialog = panel.querySelector('dialog');
const credentials = dialog.querySelector('form');
const problem = credentials.querySelector('.error');

/** The token of this tab, until it expires. */
function token() {
  const kept = JSON.parse(sessionStorage.getItem(TOKEN) ?? 'null');
  return kept && kept.expiresAt > Date.now() ? kept : undefined;
}

function showState() {
  const kept = token();
  state.textContent = kept
    ? `Authorized until ${new Date(kept.expiresAt).toLocaleTimeString()}: ${kept.scope}`
    : 'Requests are sent without a token.';
}

async function requestToken(tokenUrl, form) {
  const scopes = form.getAll('scope');
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${btoa(`${form.get('clientId').trim()}:${form.get('clientSecret').trim()}`)}`,
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`The token endpoint refuses: ${body.error ?? response.status}`);
  return {
    token: body.access_token,
    expiresIn: body.expires_in,
    scope: scopes.join(' ') || 'all scopes of the client',
  };
}

credentials.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.textContent = '';
  const form = new FormData(credentials);
  const { tokenUrl } = credentials.dataset;
  try {
    const granted = tokenUrl
      ? await requestToken(tokenUrl, form)
      : { token: form.get('token').trim(), expiresIn: 3600, scope: 'your token' };
    const kept = {
      token: granted.token,
      scope: granted.scope,
      expiresAt: Date.now() + granted.expiresIn * 1000,
    };
    sessionStorage.setItem(TOKEN, JSON.stringify(kept));
    credentials.reset();
    dialog.close();
    showState();
  } catch (error) {
    problem.textContent = error.message;
  }
});
credentials.addEventListener('click', ({ target }) => {
  if (target.value === 'forget') sessionStorage.removeItem(TOKEN);
  if (target.value === 'forget' || target.value === 'close') dialog.close();
  showState();
});
document.querySelector('#authorize').addEventListener('click', () => dialog.showModal());

/** The request that a form describes. */
function requestOf(form) {
  const fields = new FormData(form);
  let { path } = form.dataset;
  const query = new URLSearchParams();
  const headers = {};
  const kept = token();
  if (kept) headers.Authorization = `Bearer ${kept.token}`;
  for (const [key, value] of fields) {
    const [kind, name] = key.split(':');
    if (name === undefined || value === '') continue;
    if (kind === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (kind === 'query') query.set(name, value);
    if (kind === 'header') headers[name] = value;
  }
  const body = fields.get('body') ?? undefined;
  if (body !== undefined) headers['Content-Type'] = fields.get('mediaType');
  const search = query.size > 0 ? `?${query}` : '';
  return { url: path + search, method: form.dataset.method, headers, body };
}

function block(text, kind = '') {
  const code = element('code', {}, text);
  const pre = element('pre', { tabIndex: 0 }, code);
  return element('div', { className: `block ${kind}` }, pre);
}

/** A body as it is read best. */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const SHOWN_HEADERS = [
  'Location',
  'ETag',
  'Link',
  'Retry-After',
  'RateLimit',
  'Idempotent-Replayed',
  'X-Request-Id',
];

async function send(form, answer) {
  const { url, ...init } = requestOf(form);
  const response = await fetch(url, init);
  const text = await response.text();
  const headers = SHOWN_HEADERS.filter((name) => response.headers.has(name));
  answer.replaceChildren(
    element('h4', {}, `${response.status} ${response.statusText}`),
    block(headers.map((name) => `${name}: ${response.headers.get(name)}`).join('\n'), 'headers'),
    ...(text ? [block(readable(text))] : []),
    ...(response.status === 401 && !token() ? [element('p', {}, 'Press Authorize to get a token.')] : []),
  );
}

for (const details of document.querySelectorAll('.try')) {
  details.hidden = false;
  const form = details.querySelector('form');
  const answer = form.querySelector('.answer');
  const button = form.querySelector('button');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send(form, answer);
    } catch {
      answer.replaceChildren(element('p', { className: 'error' }, 'The API did not answer.'));
    }
    button.disabled = false;
  });
}

panel.hidden = false;
showState();
