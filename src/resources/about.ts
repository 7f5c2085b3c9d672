/** What the API description and its pages say about the API as a whole. */
export const about = {
  title: 'Example API',
  /** Of the API, not of the service: it changes when callers have to know. */
  version: '1.0.0',
  summary: 'A sample API for third-party systems',
  contact: 'The operator of this API',
  /** SPDX identifier and name of the licence of the API description. */
  license: { name: 'MIT', identifier: 'MIT' },
} as const;
