CREATE TABLE sample_items (
  -- The app client whose row it is.
  client_id text NOT NULL CHECK (length(client_id) <= 128),
  -- UUIDv7, made in the service: ordered by time, so that pages follow the primary key.
  id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) <= 200),
  -- Counts the changes of a row; it is the entity tag.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (client_id, id)
);
