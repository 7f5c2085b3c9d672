import {
  type ApiDescription,
  exampleOf,
  type Operation,
  type OperationResponse,
  type Parameter,
} from './description';
import { fill } from './content';
import { markup, type Html, pathCode, withCode } from './html';
import { jsonView } from './json-view';
import { methodAndPath, referencePath } from './operation-link';
import { codeLinks } from './problem-pages';
import { SchemaView } from './schema-view';
import { codeBlocks, tabs } from './code-block';
import { table } from './table';

/** What the reference is made of. */
export interface ReferenceOptions {
  readonly description: ApiDescription;
  /** The operations of the tag. */
  readonly operations: readonly Operation[];
  /** The codes that every operation has, which are not repeated for each. */
  readonly sharedCodes: readonly string[];
  /** The samples of a request, with the names of their values. */
  readonly samples: string;
}

/** The page of one tag: its operations, each of which can be tried out. */
export function referencePage(
  { name, description: meaning }: ApiDescription['tags'][number],
  options: ReferenceOptions,
): Html {
  const { operations, description } = options;
  return markup`<h1>${titleOf(name)}</h1>
    <p>${meaning}.</p>
    ${authorization(description)}
    ${table(
      ['Operation', 'What it does'],
      operations.map(({ id, method, path, summary }) => [
        methodAndPath(method, path),
        markup`<a href="#${id}">${summary}</a>`,
      ]),
    )}
    ${operations.map((operation) => operationView(operation, options))}`;
}

/**
 * The page that lists all operations.
 *
 * @param operatorTags those whose operations are not listed
 */
export function referenceIndex(
  description: ApiDescription,
  operations: readonly Operation[],
  operatorTags: ApiDescription['tags'],
): Html {
  return markup`<h1>Reference</h1>
    <p>
      Every operation of the API, and the scopes that it needs. The same as a document for programs:
      <a href="/openapi.json">OpenAPI 3.1</a>.
    </p>
    ${description.tags.map(
      ({ name }) =>
        markup`<h2 id="${name}"><a href="${referencePath(name)}">${titleOf(name)}</a></h2>
          ${table(
            ['Operation', 'What it does', 'Scopes'],
            operations
              .filter(({ tag }) => tag === name)
              .map(({ tag, id, method, path, summary, scopes }) => [
                methodAndPath(method, path),
                markup`<a href="${referencePath(tag)}#${id}">${summary}</a>`,
                scopes.length > 0 ? scopeNames(scopes) : 'no scope',
              ]),
          )}`,
    )}
    ${operatorTags.map(
      ({ name, description: meaning }) =>
        markup`<h2 id="${name}"><a href="${referencePath(name)}">${titleOf(name)}</a></h2>
          <p>${meaning}.</p>`,
    )}`;
}

/** `things` as a title. */
export function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function scopeNames(scopes: readonly string[]): Html {
  return markup`${scopes.map((scope, index) => markup`${index > 0 && ' '}${pathCode(scope)}`)}`;
}

function operationView(operation: Operation, options: ReferenceOptions): Html {
  const { id, method, path, summary, scopes, parameters, body, responses, codes, deprecation } = operation;
  const { description, sharedCodes } = options;
  const ownCodes = codes.filter((code) => !sharedCodes.includes(code));
  const ofKind = (kind: Parameter['in'], title: string) => {
    const found = parameters.filter((parameter) => parameter.in === kind);
    return (
      found.length > 0 &&
      markup`<h3>${title}</h3>
        ${new SchemaView(description, 'request').ofMembers(
          found.map(({ name, schema, required = false, description: meaning }) => ({
            name,
            // What a header may hold is not a matter of length.
            schema: kind === 'header' ? { type: 'string' } : schema,
            isRequired: required,
            description: meaning,
          })),
        )}`
    );
  };
  return markup`<section class="endpoint" aria-labelledby="${id}">
    <h2 id="${id}">${summary}</h2>
    <p>${methodAndPath(method, path)}</p>
    ${deprecation !== undefined && markup`<p class="deprecated">${withCode(deprecation)}</p>`}
    <div class="columns">
      <div>
        <p>
          ${scopes.length === 0 ? 'Open to every client, whatever its scopes.' : markup`Needs ${scopeNames(scopes)}.`}
        </p>
        ${ofKind('path', 'Path')} ${ofKind('query', 'Query')} ${ofKind('header', 'Headers')}
        ${
          body &&
          markup`<h3>Body</h3>
            <p class="type">${body.mediaTypes.join(' or ')}</p>
            ${new SchemaView(description, 'request').ofBody(body.content.schema)}`
        }
        ${responses.map((response) => responseView(response, description))}
        <h3>Errors</h3>
        <p>
          ${ownCodes.length > 0 && markup`${codeLinks(ownCodes)}, and `}${ownCodes.length > 0 ? 'those' : 'Those'}
          of
          <a href="/docs/errors">every operation</a>.
        </p>
      </div>
      <div class="code">
        ${requestSamples(operation, options)} ${responseExample(responses, description)}
        ${tryOut(operation, description)}
      </div>
    </div>
  </section>`;
}

function responseView(response: OperationResponse, description: ApiDescription): Html {
  const { status, description: meaning, headers, content } = response;
  return markup`<h3><span class="status">${status}</span> ${meaning}</h3>
    ${content && new SchemaView(description, 'response').ofBody(content.schema)}
    ${
      headers.length > 0 &&
      markup`<details>
        <summary>Headers</summary>
        <ul class="members">
          ${headers.map(
            (header) =>
              markup`<li class="member">
                <code class="name">${header.name}</code>
                <p>${header.description}</p>
              </li>`,
          )}
        </ul>
      </details>`
    }`;
}

function requestSamples(operation: Operation, { description, samples }: ReferenceOptions): Html {
  const { id, method, path, parameters, body } = operation;
  const url = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, parameter) => text.replace(`{${parameter.name}}`, valueOf(parameter, description)), path);
  const values = {
    method,
    url: description.servers[0].url + url,
    body: body ? JSON.stringify(body.content.example, null, 2) : '',
    mediaType: body?.mediaTypes[0] ?? '',
  };
  const features = new Set([body ? 'with-body' : 'without-body']);
  return tabs(id, codeBlocks(fill(samples, { values, blocks: {}, features }).text));
}

function valueOf({ schema, example }: Parameter, description: ApiDescription): string {
  return encodeURIComponent(String(example ?? exampleOf(schema, description)));
}

function responseExample(
  responses: readonly OperationResponse[],
  description: ApiDescription,
): Html | undefined {
  const shown = responses.find(({ content }) => content);
  return (
    shown?.content &&
    markup`<div class="example">
      <p><span class="status">${shown.status}</span> Example</p>
      ${jsonView(shown.content.example ?? exampleOf(shown.content.schema, description))}
    </div>`
  );
}

/** The form that sends a request. A script shows it: without one it could not do anything. */
function tryOut({ method, path, parameters, body }: Operation, description: ApiDescription): Html {
  return markup`<details class="try" hidden>
    <summary>Try it</summary>
    <form data-method="${method}" data-path="${path}">
      ${parameters.map(
        (parameter) =>
          markup`<label
            >${parameter.name} <span class="note">${parameter.in}</span>
            <input
              name="${parameter.in}:${parameter.name}"
              autocomplete="off"
              spellcheck="false"
              ${parameter.required && 'required'}
              ${parameter.in === 'path' && markup`placeholder="${valueOf(parameter, description)}"`}
          /></label>`,
      )}
      ${
        body &&
        markup`<label
            >Content-Type
            <select name="mediaType">
              ${body.mediaTypes.map((type) => markup`<option>${type}</option>`)}
            </select></label
          ><label
            >Body
            <textarea name="body" rows="8" spellcheck="false">
${JSON.stringify(body.content.example, null, 2)}</textarea>
          </label>`
      }
      <button type="submit">Send ${method}</button>
      <div class="answer" aria-live="polite"></div>
    </form>
  </details>`;
}

/** How a token gets into the requests that are tried out. A script shows it. */
function authorization({ components }: ApiDescription): Html {
  const { flows } = components.securitySchemes.cognito;
  return markup`<div class="authorization" hidden>
    <button type="button" id="authorize">Authorize</button>
    <p aria-live="polite"></p>
    <dialog id="authorization" aria-labelledby="authorization-title">
      <form method="dialog" ${flows && markup`data-token-url="${flows.clientCredentials.tokenUrl}"`}>
        <h2 id="authorization-title">Authorize</h2>
        ${
          flows
            ? markup`<p>
                  Gets a token, and sends it with the requests that you try out. The token is kept until you
                  close this tab; the secret is not kept.
                </p>
                <label
                  >Client id <input name="clientId" autocomplete="off" spellcheck="false" required
                /></label>
                <label
                  >Client secret <input name="clientSecret" type="password" autocomplete="off" required
                /></label>
                <fieldset>
                  <legend>Scopes: those that you choose, or all that the client has</legend>
                  ${Object.entries(flows.clientCredentials.scopes).map(
                    ([name, meaning]) =>
                      markup`<label class="choice"
                        ><input type="checkbox" name="scope" value="${name}" />
                        <span>${meaning} ${pathCode(name)}</span></label
                      >`,
                  )}
                </fieldset>`
            : markup`<p>Paste a token. It is kept until you close this tab.</p>
                <label
                  >Access token <input name="token" autocomplete="off" spellcheck="false" required
                /></label>`
        }
        <p class="error" role="alert"></p>
        <div class="buttons">
          <button type="submit">${flows ? 'Get a token' : 'Use it'}</button>
          <button type="button" class="plain" value="forget">Forget the token</button>
          <button type="button" class="plain" value="close">Close</button>
        </div>
      </form>
    </dialog>
  </div>`;
}
