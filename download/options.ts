import type { RetryOptions } from './retry';

/** How `downloadFile` fetches and what the file must be. */
export interface DownloadOptions extends RetryOptions {
  /** The SHA-256 that the file must have, 64 hexadecimal digits. */
  sha256?: string;
  /** The size that the file must have, in bytes. */
  size?: number;
  /** Sent to the server of the address only, never on to where it redirects. */
  headers?: Record<string, string>;
  onProgress?(done: number, total: number | undefined): void;
  /** Time without a byte after which a connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
}
