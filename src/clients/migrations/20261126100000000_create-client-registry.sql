-- One row, which each change locks until it is committed, so that versions are in the order of commits. Those of a sequence
-- are not: a task that has seen the higher of two would never read the lower one, committed later.
CREATE TABLE client_registry (
  version integer NOT NULL,
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO client_registry (version) VALUES (0);

CREATE TABLE clients (
  -- The app client's id at Cognito.
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_+]{1,128}$'),
  name text NOT NULL CHECK (length(name) <= 200),
  enabled boolean NOT NULL DEFAULT true,
  -- A tombstone: it keeps the client out, also where the configuration lists it.
  deleted boolean NOT NULL DEFAULT false,
  tokens_valid_from timestamptz,
  -- Limits of its own; those that are null are left to the defaults.
  requests_per_second integer CHECK (requests_per_second BETWEEN 0 AND 1000000000),
  burst integer CHECK (burst BETWEEN 0 AND 1000000000),
  requests_per_day integer CHECK (requests_per_day BETWEEN 0 AND 1000000000),
  -- The version of the registry that changed it last; it is the entity tag.
  version integer NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- What was changed, and by which caller. Rows are never changed.
CREATE TABLE client_events (
  client_id text COLLATE "C" NOT NULL REFERENCES clients,
  -- The version of the registry that the change made.
  version integer NOT NULL,
  at timestamptz NOT NULL,
  actor_client_id text NOT NULL,
  actor_subject text NOT NULL,
  action text NOT NULL,
  changes jsonb NOT NULL,
  request_id text NOT NULL,
  PRIMARY KEY (client_id, version)
);

-- The running tasks: each writes its row every second.
CREATE TABLE service_tasks (
  id uuid PRIMARY KEY,
  -- The version of the registry that it acts on.
  confirmed_version integer NOT NULL,
  seen_at timestamptz NOT NULL
);
