-- Requests by client and UTC day, of clients that the configuration lists too. Each task adds to its rows every second or two,
-- so there is room on their page for the new version of a row, and no other index would have to follow it.
CREATE TABLE client_usage (
  day date,
  client_id text COLLATE "C",
  requests bigint NOT NULL,
  -- Answered 401 or 403.
  refused bigint NOT NULL,
  -- Answered 429.
  limited bigint NOT NULL,
  -- Within the limits: what counts towards the quota of the day.
  granted bigint NOT NULL,
  -- The day first: what is written lies together, and what is too old at one end.
  PRIMARY KEY (day, client_id)
) WITH (fillfactor = 50);
