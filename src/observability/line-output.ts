import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** What may wait to be written, in UTF-16 code units: a byte each, but for what is not ASCII. */
const CAPACITY = 1024 * 1024;
/** Between two attempts at a descriptor that takes nothing. */
const FIRST_RETRY_MS = 1;
const LONGEST_RETRY_MS = 100;
/** The longest that {@link LineOutput.finish} waits for a reader. */
const FINISH_MS = 1_000;

const NOTHING = Buffer.alloc(0);

/**
 * Writes lines to a descriptor that may take nothing for a while, or ever again: its reader stalls or is gone, its volume
 * is full. Lines then wait, up to a bound. Beyond it they are dropped and counted, all of them until what waits has been
 * written, so that each gap is one and can be reported where it is.
 *
 * Lines stay whole and in order, and none is written twice. No method throws, and none waits but {@link finish}.
 *
 * Lines of one turn of the event loop are written together, since a system call a line costs as much as making the line.
 * A process that is killed loses those of its last turn; one that exits needs `finish()`.
 */
export class LineOutput {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #reportGap: (dropped: number) => void;
  /** Whole lines. */
  #lines = '';
  /** What is left of lines that were written in part; goes before `#lines`. */
  #rest = NOTHING;
  #dropped = 0;
  /** Lines dropped since the last report. */
  #gap = 0;
  /** Whether an attempt is to come. */
  #isScheduled = false;
  /** 0 while the descriptor takes everything. */
  #retryMs = 0;

  /**
   * @param fd the descriptor. A pipe or socket is made non-blocking; a terminal or file is written to as it is
   * @param reportGap is called once lines are written again, with the number of those dropped; may write a line
   * @param capacity how many code units may wait
   */
  constructor(fd: number, reportGap: (dropped: number) => void, capacity = CAPACITY) {
    this.#fd = fd;
    this.#reportGap = reportGap;
    this.#capacity = capacity;
    makeNonBlocking(fd);
  }

  /** Lines dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Bytes that wait because the descriptor does not take them; 0 while it takes everything. */
  get waiting(): number {
    return this.#retryMs === 0 ? 0 : this.#size;
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (!this.#fits(line) && this.#gap === 0 && this.#retryMs === 0) this.#attempt();
    if (this.#gap === 0 && this.#fits(line)) this.#lines += line;
    else {
      this.#gap += 1;
      this.#dropped += 1;
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Writes what waits, and gives a reader that stalls a second to take it. For the end of the process. */
  finish(): void {
    const end = performance.now() + FINISH_MS;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (this.#attempt() === 'EAGAIN' && performance.now() < end) Atomics.wait(clock, 0, 0, FIRST_RETRY_MS);
  }

  get #size(): number {
    return this.#rest.length + this.#lines.length;
  }

  #fits(line: string): boolean {
    return this.#size + line.length <= this.#capacity;
  }

  #flush(): void {
    const before = this.#size;
    this.#isScheduled = this.#attempt() !== undefined;
    if (!this.#isScheduled) {
      this.#retryMs = 0;
      return;
    }
    const isMoving = this.#size < before;
    const longer = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS);
    this.#retryMs = isMoving ? FIRST_RETRY_MS : longer;
    setTimeout(() => this.#flush(), this.#retryMs).unref();
  }

  /** Writes what waits. Gives the code of the error that stopped it, or `undefined` when nothing waits any more. */
  #attempt(): string | undefined {
    for (;;) {
      if (this.#rest.length === 0) {
        if (this.#lines === '' && this.#gap > 0) this.#endGap();
        if (this.#lines === '') return undefined;
        this.#rest = Buffer.from(this.#lines);
        this.#lines = '';
      }
      try {
        this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest));
      } catch (error) {
        return String((error as NodeJS.ErrnoException).code);
      }
    }
  }

  #endGap(): void {
    const gap = this.#gap;
    this.#gap = 0;
    this.#reportGap(gap);
  }
}

/**
 * Makes a pipe or socket non-blocking, which in Node only a stream on the descriptor does. The stream is not written to: at
 * the end of the process what waits in it could neither be finished nor counted.
 */
function makeNonBlocking(fd: number): void {
  try {
    new Socket({ fd, readable: false, writable: true }).unref();
  } catch {
    // A file, device or terminal.
  }
}
