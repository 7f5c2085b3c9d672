-- Idempotency keys with the response of their request. A row is written in the transaction that has the effect.
CREATE TABLE idempotency_keys (
  -- SHA-256 of the caller and the key. Of a fixed size, so that the index stays small.
  id bytea PRIMARY KEY,
  -- SHA-256 of the request.
  fingerprint bytea NOT NULL,
  status smallint NOT NULL,
  headers json NOT NULL,
  -- As it was sent; null where the response has none.
  body text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
