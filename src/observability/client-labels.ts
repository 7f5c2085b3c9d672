/** At most so many clients have series of their own. */
const MAX_CLIENTS = 1_000;

/** The label of all other clients. */
export const OTHER_CLIENTS = 'other';

/**
 * Bounds a label of metrics that names clients: the first 1,000 are named, the others share a label. Only for clients that were
 * admitted: anyone can make up the id of one that was not.
 */
export class ClientLabels {
  readonly #ids = new Set<string>();

  /** The label for a client: its id, or {@link OTHER_CLIENTS}. */
  of(clientId: string): string {
    if (this.#ids.has(clientId)) return clientId;
    if (this.#ids.size >= MAX_CLIENTS) return OTHER_CLIENTS;
    this.#ids.add(clientId);
    return clientId;
  }
}
