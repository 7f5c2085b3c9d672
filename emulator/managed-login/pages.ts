import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { Html, html } from './html';

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 24rem; margin: 4rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem }
label { display: block; margin-top: 1rem }
input, button { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit }
button { margin-top: 1.5rem }
.problem { border-left: .25rem solid #c62828; padding-left: .75rem }
footer { margin-top: 3rem; font-size: .875rem; opacity: .8 }
`;

// Built here, outside the formatted template: the policy allows only the exact text of the digest.
const styleElement = new Html(`<style>${style}</style>`);
const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** A page, and the `form-action` of its content security policy. */
interface Page {
  content: Html;
  formAction: string;
}

export interface LoginPage {
  clientName: string;
  /** What users sign in with. */
  signInLabel: string;
  /** The query of the authorization request, which the form repeats. */
  query: URLSearchParams;
  /** Where the browser goes in the end; the page's policy must name it. */
  redirectUri: string;
  /** Repeated by the form, as proof that it comes from this page. */
  csrfToken: string;
  /** The username that was entered before. */
  username?: string | undefined;
  /** Why it was refused. */
  problem?: string | undefined;
}

/** The page on which a user signs in. */
export function loginPage(page: LoginPage): Page {
  const { clientName, signInLabel, query, redirectUri, csrfToken, username = '', problem } = page;
  return {
    content: layout(
      'Sign in',
      html`<p>to continue to <strong>${clientName}</strong></p>
        ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
        <form method="post" action="/login?${query.toString()}">
          <input type="hidden" name="_csrf" value="${csrfToken}" />
          <label for="username">${signInLabel}</label>
          <input
            id="username"
            name="username"
            value="${username}"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
          />
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
          <button>Sign in</button>
        </form>`,
    ),
    formAction: `'self' ${sourceOf(redirectUri)}`,
  };
}

/** The page for a request that cannot be answered with a redirect. */
export function errorPage(explanation: string): Page {
  return {
    content: layout('This request cannot be answered', html`<p>${explanation}</p>`),
    formAction: "'none'",
  };
}

/** Sends a page that runs no script, loads nothing, and cannot be framed or cached. */
export function sendPage(res: Response, status: number, { content, formAction }: Page): void {
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src ${styleSource}`,
      `form-action ${formAction}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  res.status(status).type('html').send(content.text);
}

function layout(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
        <footer>Cognito emulator, for development only.</footer>
      </body>
    </html>`;
}

/** The source expression for an address in a content security policy: https://www.w3.org/TR/CSP3/#grammardef-source-list */
function sourceOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  // The scheme alone for an app's own scheme, and for a host that the policy cannot express, such as [::1].
  return /^https?:$/.test(protocol) && /^[\w.-]+(:\d+)?$/.test(host) ? `${protocol}//${host}` : protocol;
}
