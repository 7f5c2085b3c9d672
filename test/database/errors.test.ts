import { DatabaseError } from 'pg';
import { DatabaseUnavailableError, OutcomeUnknownError, statementError } from '../../src/database/errors';

// PostgreSQL sends a SQLSTATE with every error; a proxy in front of it may not.
describe('an error of the server without a SQLSTATE', () => {
  const error = new DatabaseError('no more connections allowed', 0, 'error');

  it('leaves the outcome of a change unknown', () => {
    const thrown = statementError(error, 'DELETE FROM things');
    expect(thrown).toBeInstanceOf(OutcomeUnknownError);
    expect(thrown).toMatchObject({ cause: error });
  });

  it('makes a statement that only reads unavailable', () => {
    const thrown = statementError(error, 'SELECT 1');
    expect(thrown).toBeInstanceOf(DatabaseUnavailableError);
    expect(thrown).toMatchObject({ cause: error });
  });
});
