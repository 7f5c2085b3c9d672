import { type ClientBase, DatabaseError, type QueryResult, type QueryResultRow } from 'pg';
import type { DatabaseObserver } from './database-observer';
import { errorWithoutEffect, statementError, unavailable } from './errors';
import type { Statement, Transactional } from './queryable';
import { rowsOf, runStatement } from './run-statement';

/** Statements on one connection from BEGIN to COMMIT or ROLLBACK, one after another in the order of their calls. */
export class Transaction implements Transactional {
  readonly #client: ClientBase;
  readonly #observer: DatabaseObserver | undefined;
  /** Settles when the connection is free for the next statement; never rejects. */
  #last: Promise<void> = Promise.resolve();
  #isOver = false;
  /** Why nothing more can be sent: the connection is lost, or in an unknown state. */
  #broken: Error | undefined;
  /** Set where a transaction within it has failed, whose statements cannot be taken back alone. */
  #failure: { readonly cause: unknown } | undefined;
  readonly #onError = (error: Error): void => {
    this.#broken ??= error;
  };

  /** @param client a connection that nothing else uses meanwhile */
  constructor(client: ClientBase, observer?: DatabaseObserver) {
    this.#client = client;
    this.#observer = observer;
    client.on('error', this.#onError);
  }

  /** Whether the connection must not be used again. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    // The connection may serve others by now.
    if (this.#isOver) throw new Error('the transaction is over');
    const last = this.#last;
    let free!: () => void;
    this.#last = new Promise((resolve) => (free = resolve));
    await last;
    try {
      return await this.#send<Row, Row[]>(text, values, rowsOf);
    } catch (error) {
      throw errorWithoutEffect(error);
    } finally {
      free();
    }
  }

  async transaction<T>(work: (transaction: Transactional) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (error) {
      this.#failure ??= { cause: error };
      throw error;
    }
  }

  /**
   * Begins the transaction, before anything else.
   *
   * @param first statements sent together with BEGIN; they must change nothing, as nothing keeps them back where BEGIN fails
   * @returns the rows of each
   * @throws DatabaseUnavailableError or DatabaseError (of `pg`)
   */
  async begin(first: readonly Statement[]): Promise<QueryResultRow[][]> {
    try {
      const [, ...rows] = await this.#sendTogether([{ text: 'BEGIN', values: [] }, ...first], rowsOf);
      return rows;
    } catch (error) {
      throw errorWithoutEffect(error);
    }
  }

  /**
   * Ends the transaction, keeping what it changed.
   *
   * @param last a statement sent together with COMMIT; where it fails, nothing is kept
   * @throws OutcomeUnknownError if COMMIT was sent and its answer is lost
   * @throws DatabaseUnavailableError, DatabaseError (of `pg`) or Error if nothing was kept, as where a transaction within it
   *   has failed
   */
  async commit(last?: Statement): Promise<void> {
    await this.#end();
    if (this.#broken) throw unavailable(this.#broken);
    if (this.#failure)
      throw new Error('rolled back, because a transaction within it had failed', this.#failure);
    const statements = [...(last ? [last] : []), { text: 'COMMIT', values: [] }];
    const commands = await this.#sendTogether(statements, ({ command }) => command).catch(
      (error: unknown) => {
        throw statementError(error, 'COMMIT');
      },
    );
    // PostgreSQL rolls back where a statement had failed, also where its error was caught.
    if (commands.at(-1) !== 'COMMIT')
      throw new Error('rolled back, because a statement of the transaction had failed');
  }

  /** Ends the transaction, keeping nothing. Never rejects: where the connection is lost, the server rolls back by itself. */
  async rollBack(): Promise<void> {
    await this.#end();
    if (!this.#broken) await this.#send('ROLLBACK', [], () => undefined).catch(() => undefined);
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    await this.#last;
    this.#client.off('error', this.#onError);
  }

  /** Sends statements without waiting for the answers in between. */
  #sendTogether<T>(statements: readonly Statement[], take: (result: QueryResult) => T): Promise<T[]> {
    return Promise.all(statements.map(({ text, values }) => this.#send(text, values, take)));
  }

  async #send<Row extends QueryResultRow, T>(
    text: string,
    values: readonly unknown[],
    take: (result: QueryResult<Row>) => T,
  ): Promise<T> {
    if (this.#broken) throw this.#broken;
    try {
      return await runStatement(this.#client, text, values, take, { observer: this.#observer });
    } catch (error) {
      if (!(error instanceof DatabaseError)) this.#broken = error as Error;
      throw error;
    }
  }
}
