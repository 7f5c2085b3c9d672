import type { RequestListener } from 'node:http';
import { JwksClient, type JwksClientOptions } from '../../src/auth/jwks-client';
import { TokenVerifier } from '../../src/auth/token-verifier';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { IDENTIFIER } from '../support/user-pool';

/** A whole second, so that claims and the clock can be equal. */
export const NOW = Date.UTC(2026, 10, 21, 12);

/** {@link NOW} as claims have it. */
export const NOW_SECONDS = NOW / 1000;

/**
 * Freezes the timers and both clocks of the code under test at {@link NOW}, and removes its jitter. Sockets go on in real time.
 * `jest.advanceTimersByTime()` advances all of it; `jest.setSystemTime()` changes the wall clock alone.
 */
export function freezeTime(): void {
  jest.useFakeTimers({
    now: NOW,
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'hrtime'],
  });
  jest.spyOn(Math, 'random').mockReturnValue(0);
}

/** Advances the monotonic clock alone, as if timers were late. */
export function delayTimers(milliseconds: number): void {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + milliseconds);
}

/** The pool whose tokens a {@link Rig} accepts. */
export const POOL_ID = 'eu-central-1_Test00001';

/** A line of the JWKS client's log. */
export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A verifier with its JWKS client, and the real server that the keys come from. */
export interface Rig {
  readonly jwks: JwksServer;
  readonly jwksClient: JwksClient;
  readonly verifier: TokenVerifier;
  readonly log: readonly LogLine[];
  /** Advances the frozen time, and waits for the fetch that this begins, if any. */
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates a rig whose keys are not fetched yet. */
export async function rig(
  answer: object | RequestListener,
  options: Partial<Pick<JwksClientOptions, 'refreshSeconds' | 'maxStaleSeconds'>> = {},
): Promise<Rig> {
  const jwks = await jwksServer(answer);
  const log: LogLine[] = [];
  const logAs =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      void log.push({ level, message, fields: { ...fields } });
  const jwksClient = new JwksClient({
    url: jwks.url,
    refreshSeconds: 300,
    maxStaleSeconds: 86_400,
    ...options,
    log: { info: logAs('info'), warn: logAs('warn') } as JwksClientOptions['log'],
  });
  const verifier = new TokenVerifier(jwksClient, { userPoolId: POOL_ID, audiences: [IDENTIFIER] });
  return {
    jwks,
    jwksClient,
    verifier,
    log,
    async pass(milliseconds) {
      const before = jwksClient.status().fetches;
      jest.advanceTimersByTime(milliseconds);
      if (jwksClient.status().fetches > before) await endOfFetch(jwksClient);
    },
    async close() {
      jwksClient.stop();
      await jwks.close();
    },
  };
}

/** Waits for the fetch that is under way. */
export function endOfFetch(jwksClient: JwksClient): Promise<void> {
  // It joins the fetch under way.
  return jwksClient.start();
}

/** A promise, and what resolves it. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** An answer that is sent when the gate opens. */
export function heldBack(document: object, { opened }: Gate): RequestListener {
  return (_req, res) => void opened.then(() => res.end(JSON.stringify(document)));
}

/** The reason for which a token is refused; fails if it is accepted. */
export async function refusal(verifier: Pick<TokenVerifier, 'verify'>, token: string): Promise<unknown> {
  try {
    await verifier.verify(token);
  } catch (error) {
    return (error as { reason?: unknown }).reason ?? error;
  }
  throw new Error('the token was accepted');
}
