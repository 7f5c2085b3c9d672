import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';

type Field = OutgoingHttpHeader | readonly string[];

/**
 * A class of answers that keep their header fields as a flat list until they are written, as `writeHead` takes them. Node's
 * own keeps an object, with each name a second time in lower case, and takes half as long again to set and write a dozen.
 *
 * Each server gets a class of its own, whose prototype it may then change.
 */
export function createResponseClass(): typeof ServerResponse {
  return class<Request extends IncomingMessage> extends ServerResponse<Request> {
    /** Made by the constructor for the answers of the server, which are most. */
    private made: Field[] | undefined = [];
    /**
     * A bit for each length that a name has had, so that a name of another length need not be looked for. Most names differ in
     * length; to set the two fields of the rate limits takes 0.3 µs less. Another's answer has no value, and so no bits yet.
     */
    private lengths = 0;

    /** Names and values in turn. Another's answer, which only got this prototype, has none yet. */
    private get fields(): Field[] {
      return (this.made ??= []);
    }

    override setHeader(name: string, value: number | string | readonly string[]): this {
      // Which throws, as the head is written.
      if (this.headersSent) return super.setHeader(name, value);
      const index = this.indexOf(name);
      if (index !== -1) this.fields[index + 1] = value;
      else {
        this.fields.push(name, value);
        this.lengths |= 1 << name.length;
      }
      return this;
    }

    override appendHeader(name: string, value: string | readonly string[]): this {
      const known = this.getHeader(name) as Field | undefined;
      return this.setHeader(name, known === undefined ? value : [known, value].flat().map(String));
    }

    override getHeader(name: string): OutgoingHttpHeader | undefined {
      const index = this.indexOf(name);
      return index === -1 ? undefined : (this.fields[index + 1] as OutgoingHttpHeader);
    }

    override getHeaders(): OutgoingHttpHeaders {
      return Object.fromEntries(this.getHeaderNames().map((name) => [name, this.getHeader(name)]));
    }

    override getHeaderNames(): string[] {
      return this.fields.filter((_, index) => index % 2 === 0).map((name) => String(name).toLowerCase());
    }

    override hasHeader(name: string): boolean {
      return this.indexOf(name) !== -1;
    }

    override removeHeader(name: string): void {
      if (this.headersSent) return super.removeHeader(name);
      const index = this.indexOf(name);
      if (index !== -1) this.fields.splice(index, 2);
    }

    /** Without arguments beside the status, which is how Node and Express call it. */
    override writeHead(statusCode: number): this {
      try {
        return super.writeHead(statusCode, this.fields as OutgoingHttpHeader[]);
      } catch (error) {
        // So that an answer can be given that says what happened.
        if (!this.headersSent) this.removeInvalid();
        throw error;
      }
    }

    private indexOf(name: string): number {
      // Lengths that differ by 32 share a bit.
      if ((this.lengths & (1 << name.length)) === 0) return -1;
      const { fields } = this;
      for (let index = 0; index < fields.length; index += 2) {
        const known = fields[index] as string;
        if (known === name) return index;
        if (known.length === name.length && known.toLowerCase() === name.toLowerCase()) return index;
      }
      return -1;
    }

    private removeInvalid(): void {
      for (const name of this.getHeaderNames()) {
        try {
          validateHeaderName(name);
          for (const value of [this.getHeader(name)].flat()) validateHeaderValue(name, value as string);
        } catch {
          this.removeHeader(name);
        }
      }
    }
  };
}
