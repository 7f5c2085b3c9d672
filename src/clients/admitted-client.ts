import type { Limits } from './limits';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended this way
  namespace Express {
    interface Request {
      /** The client of the request's token, where it may call. Not `client`: that is Node's other name for the socket. */
      admittedClient?: AdmittedClient;
    }
  }
}

/** A client that may call. */
export interface AdmittedClient {
  /** The app client's id. */
  readonly id: string;
  /** `null` where the registry does not have it: the configuration lists it. */
  readonly name: string | null;
  /** Those in effect. */
  readonly limits: Limits;
}
