-- The roles of the database. Run by the master user, any number of times; one statement, as the Data API requires.
DO $$
DECLARE
  wanted text;
BEGIN
  -- Owns the schema. Nothing logs in as it.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'api_owner') THEN
    CREATE ROLE api_owner NOLOGIN;
  END IF;
  FOREACH wanted IN ARRAY ARRAY['api_migrations', 'api_service'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', wanted);
    END IF;
    -- From then on it logs in with IAM tokens, and no longer with a password. Never grant it to the master user, who
    -- would lose its password too.
    EXECUTE format('GRANT rds_iam TO %I', wanted);
  END LOOP;

  EXECUTE format('GRANT api_owner TO %I', current_user);
  GRANT api_owner TO api_migrations;
  -- What migrations create belongs to the owner.
  ALTER ROLE api_migrations SET role = 'api_owner';
  -- What earlier versions created as the master user, with the database itself.
  EXECUTE format('REASSIGN OWNED BY %I TO api_owner', current_user);

  -- The service reads and writes rows, of tables to come too.
  GRANT USAGE ON SCHEMA public TO api_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO api_service;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO api_service;
  ALTER DEFAULT PRIVILEGES FOR ROLE api_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO api_service;
  ALTER DEFAULT PRIVILEGES FOR ROLE api_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO api_service;
END $$
