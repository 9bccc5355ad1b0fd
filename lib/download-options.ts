/** How `downloadFile` fetches and what the file must be. */
export interface DownloadOptions {
  /** The SHA-256 that the file must have, 64 hexadecimal digits. */
  sha256?: string;
  /** The size that the file must have, in bytes. */
  size?: number;
  /** Sent to the server of the address only, never on to where it redirects. */
  headers?: Record<string, string>;
  onProgress?(done: number, total: number | undefined): void;
  /** A sentence for the reader whenever something goes wrong that is waited out or begun again. */
  onNotice?(sentence: string): void;
  signal?: AbortSignal;
  /** How often in a row a request may fail without bringing a new byte. Default 5; 2 until the first answer. */
  retries?: number;
  /** Time without a byte after which a connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
  /** The first pause between tries, in ms; each further one is twice as long. Default 1,000. */
  firstPauseMs?: number;
  /** The longest time to stay away because a server asks to (`Retry-After`), in ms. Default 600,000. */
  patienceMs?: number;
}
