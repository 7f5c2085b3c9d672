import { DatabaseError } from 'pg';
import {
  DatabaseUnavailableError,
  isUniqueViolation,
  OutcomeUnknownError,
  statementError,
} from '../../src/database/errors';

function serverError(code: string, constraint?: string): DatabaseError {
  return Object.assign(new DatabaseError('refused', 0, 'error'), { code, constraint });
}

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

describe('a statement that the server refused is the error of the server:', () => {
  // Those that have the digits of a passing one in another place, too.
  it.each(['22008', '22P02', '23505', '42P08', '42601', '25001', '55000'])('SQLSTATE %s', (code) => {
    const error = serverError(code);
    expect(statementError(error, 'SELECT 1')).toBe(error);
    expect(statementError(error, 'DELETE FROM things')).toBe(error);
  });

  it('its stack leads to the statement', () => {
    const error = serverError('23505');
    error.stack = 'Error: refused\n    at Socket.data';
    expect(statementError(error, 'SELECT 1')).toMatchObject({ stack: expect.stringContaining(__filename) });
  });
});

describe('a statement that had no effect, and may be tried again, makes the database unavailable:', () => {
  it.each(['25006', '25P03', '28P01', '40001', '40P01', '53300', '55P03', '57014', '58030'])(
    'SQLSTATE %s',
    (code) => {
      const error = serverError(code);
      const thrown = statementError(error, 'DELETE FROM things');
      expect(thrown).toBeInstanceOf(DatabaseUnavailableError);
      expect(thrown).toMatchObject({ cause: error });
    },
  );
});

describe('a change whose answer may be lost has an unknown outcome:', () => {
  it.each(['08006', '40003', '57P01', '57P02', '57P05'])('SQLSTATE %s', (code) => {
    expect(statementError(serverError(code), 'DELETE FROM things')).toBeInstanceOf(OutcomeUnknownError);
  });

  it('a connection that is cut', () => {
    expect(statementError(new Error('ECONNRESET'), 'DELETE FROM things')).toBeInstanceOf(OutcomeUnknownError);
  });
});

it('a value that has no form in SQL is reported as it is', () => {
  const error = new TypeError('Do not know how to serialize a BigInt');
  expect(statementError(error, 'DELETE FROM things')).toBe(error);
});

describe('a statement only reads', () => {
  it.each([
    'SELECT 1',
    'select 1',
    ' \n SELECT 1',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'SELECT 1;',
    'SELECT 1; \n',
    'SELECT updated_at FROM things',
  ])('%j', (text) => {
    expect(statementError(new Error('cut'), text)).toBeInstanceOf(DatabaseUnavailableError);
  });
});

describe('a statement may change something', () => {
  it.each([
    'WITH a AS (DELETE FROM things RETURNING id) SELECT * FROM a',
    'WITH a AS (SELECT 1) INSERT INTO things SELECT * FROM a',
    'WITH a AS (SELECT 1) update things SET label = NULL',
    'SELECT 1 INTO copy',
    'SELECT 1;CALL change()',
    'SELECT 1; CALL change()',
    'CALL change()',
    'CREATE TABLE copy AS SELECT 1',
    'SELECTED',
  ])('%j', (text) => {
    expect(statementError(new Error('cut'), text)).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe('a unique violation', () => {
  it('is one of the index that is named', () => {
    expect(isUniqueViolation(serverError('23505', 'things_label'), 'things_label')).toBe(true);
  });

  it.each([
    ['of another index', serverError('23505', 'things_pkey')],
    ['of a foreign key', serverError('23503', 'things_label')],
    [
      'that is no error of the server',
      Object.assign(new Error(), { code: '23505', constraint: 'things_label' }),
    ],
  ])('is not one %s', (_, error) => {
    expect(isUniqueViolation(error, 'things_label')).toBe(false);
  });
});
