import { inspect } from 'node:util';

/**
 * An error whose message is written for the reader: what is wrong, with its values, and what to do next.
 * It prints as that message alone, without a stack trace, in a notebook cell as in a terminal.
 */
export class WorkshopError extends Error {
  override name = 'WorkshopError';

  [inspect.custom](): string {
    return this.message;
  }
}
