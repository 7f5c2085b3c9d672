/** A metric of the service that the collector sends to CloudWatch. */
export interface CollectedMetric {
  readonly name: string;
  /** What makes one number of those of all tasks in a minute. */
  readonly statistic: 'Sum' | 'Maximum' | 'Minimum' | 'Average';
  /** The panel of Grafana's dashboard that shows it. */
  readonly panel: string;
}

/** The only dimension, with its only value: each combination of dimensions would be a metric that is paid for. */
export const DIMENSION = { source: 'service' };

/** What alarms and dashboard need. What is asked by client or route is in the log. */
export const COLLECTED_METRICS: readonly CollectedMetric[] = [
  { name: 'http_requests_in_flight', statistic: 'Maximum', panel: 'Requests in flight' },
  { name: 'http_request_duration_seconds', statistic: 'Average', panel: 'Time to answer' },
  { name: 'http_requests_unparsed_total', statistic: 'Sum', panel: 'Requests that could not be parsed' },
  { name: 'http_refusals_total', statistic: 'Sum', panel: 'Refusals by reason' },
  { name: 'jwks_age_seconds', statistic: 'Maximum', panel: 'Age of the keys' },
  { name: 'client_registry_age_seconds', statistic: 'Maximum', panel: 'Age of the client registry' },
  { name: 'database_ready', statistic: 'Minimum', panel: 'Database' },
  { name: 'database_connections', statistic: 'Maximum', panel: 'Connections' },
  { name: 'database_requests_waiting', statistic: 'Maximum', panel: 'Requests that wait for a connection' },
  { name: 'database_statement_seconds', statistic: 'Average', panel: 'Time of a statement' },
  { name: 'nodejs_eventloop_lag_p99_seconds', statistic: 'Maximum', panel: 'Event-loop delay' },
  { name: 'log_lines_dropped_total', statistic: 'Sum', panel: 'Log lines dropped' },
];

/** Reasons of {@link COLLECTED_METRICS}' refusals: those of a token that was sent, as the alert ApiTokensRefused counts them. */
export const TOKEN_REFUSALS: readonly string[] = [
  'malformed_token',
  'foreign_issuer',
  'missing_kid',
  'unknown_kid',
  'algorithm_not_allowed',
  'invalid_signature',
  'header_not_allowed',
  'malformed_claims',
  'token_expired',
  'token_not_yet_valid',
  'not_an_access_token',
  'client_not_allowed',
  'client_disabled',
  'token_revoked',
  'foreign_audience',
  'insufficient_scope',
];
