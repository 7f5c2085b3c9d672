CREATE TABLE users (
  -- UUIDv7, made in the service: ordered by time, so that pages follow the primary key.
  id uuid PRIMARY KEY,
  email text NOT NULL CHECK (length(email) <= 254),
  name text NOT NULL CHECK (length(name) <= 200),
  -- Counts the changes of a row; it is the entity tag.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- E-mail addresses are ASCII here; collation "C" folds their case alike under every locale.
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));
