-- A row that each change locks until it is committed, so that versions are in the order of commits. Those of a sequence are
-- not: a task that has seen the higher of two versions would never read the lower one, committed later.
CREATE TABLE client_registry (
  version bigint NOT NULL,
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO client_registry (version) VALUES (0);

CREATE TABLE clients (
  -- The app client's id at Cognito.
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_+]{1,128}$'),
  name text NOT NULL CHECK (length(name) <= 200),
  enabled boolean NOT NULL DEFAULT true,
  -- A tombstone: it keeps the client out, also where the configuration lists it.
  deleted boolean NOT NULL DEFAULT false,
  tokens_valid_from timestamptz,
  -- Members of the API's `limits`; null or absent members are left to the defaults.
  limits jsonb,
  -- The registry's version that changed it last; it is the entity tag.
  version bigint NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What was changed, and by which caller. Rows are never changed.
CREATE TABLE client_events (
  id uuid PRIMARY KEY,
  client_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  actor_client_id text NOT NULL,
  actor_subject text NOT NULL,
  action text NOT NULL,
  changes jsonb NOT NULL,
  request_id text NOT NULL
);
CREATE INDEX client_events_of_client ON client_events (client_id, id);

-- The running tasks: each writes its row every second.
CREATE TABLE tasks (
  id uuid PRIMARY KEY,
  -- The registry's version that it acts on.
  confirmed_version bigint NOT NULL,
  seen_at timestamptz NOT NULL
);
