CREATE TABLE sample_items (
  -- UUIDv7, made in the service: ordered by time, so that pages follow the primary key.
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) <= 200),
  -- Counts the changes of a row; it is the entity tag.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
