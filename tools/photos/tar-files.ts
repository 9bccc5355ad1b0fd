import { PhotoSearchError } from '../../lib/errors';

/** A file in a tar archive. */
export interface TarFile {
  /** As the archive has it: nothing to write to, since it may hold `../`. */
  name: string;
  content: Buffer;
}

const blockSize = 512;

/**
 * The ordinary files in a tar archive, one after the other as they arrive, so that what came before a cut is not
 * lost. Folders, links and whatever else an archive may hold are passed over, and so are files larger than
 * `largest`, of which no byte is kept. Layout: POSIX.1-1988 ustar, which is what `git archive` writes.
 *
 * @param chunks the archive's bytes, in pieces of any size
 * @param largest in bytes
 * @throws PhotoSearchError if this is not a tar archive, or ends in the middle of a file
 */
export async function* tarFiles(
  chunks: AsyncIterable<Uint8Array>,
  largest: number,
): AsyncGenerator<TarFile, void, undefined> {
  const bytes = byteReader(chunks);
  for (;;) {
    const header = await bytes.read(blockSize);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    requireChecksum(header);
    const size = octal(header, 124, 12);
    const padding = (blockSize - (size % blockSize)) % blockSize;
    const type = field(header, 156, 1);
    if ((type === '0' || type === '') && size <= largest) {
      const prefix = field(header, 345, 155);
      const name = (prefix === '' ? '' : `${prefix}/`) + field(header, 0, 100);
      const content = await bytes.read(size);
      if (content === undefined) throw cutShort();
      yield { name, content };
    } else await bytes.skip(size);
    await bytes.skip(padding);
  }
}

function field(header: Buffer, at: number, length: number): string {
  return header
    .toString('utf8', at, at + length)
    .split('\0', 1)
    .join('');
}

function octal(header: Buffer, at: number, length: number): number {
  const value = parseInt(field(header, at, length).trim(), 8);
  if (!Number.isSafeInteger(value)) throw new PhotoSearchError('This is not a tar archive.');
  return value;
}

/** The sum of the header's bytes, its own eight taken for spaces. */
function requireChecksum(header: Buffer): void {
  const sum = header.reduce(
    (total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte),
    0,
  );
  if (octal(header, 148, 8) !== sum) throw new PhotoSearchError('This is not a tar archive.');
}

function cutShort(): PhotoSearchError {
  return new PhotoSearchError('The archive ends in the middle of a file.');
}

/** Reads exactly as many bytes as are asked for, however they come. */
function byteReader(chunks: AsyncIterable<Uint8Array>): {
  /** @returns undefined where the bytes end before the first of them */
  read: (length: number) => Promise<Buffer | undefined>;
  skip: (length: number) => Promise<void>;
} {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  /** @returns at most `length` bytes, none at the end */
  async function next(length: number): Promise<Uint8Array> {
    while (rest.length === 0) {
      const chunk = await iterator.next();
      if (chunk.done) return rest;
      rest = chunk.value;
    }
    const piece = rest.subarray(0, length);
    rest = rest.subarray(piece.length);
    return piece;
  }
  return {
    async read(length) {
      const pieces: Uint8Array[] = [];
      for (let left = length; left > 0;) {
        const piece = await next(left);
        if (piece.length === 0) {
          if (left === length) return undefined;
          throw cutShort();
        }
        pieces.push(piece);
        left -= piece.length;
      }
      return Buffer.concat(pieces);
    },
    async skip(length) {
      for (let left = length; left > 0;) {
        const piece = await next(left);
        if (piece.length === 0) throw cutShort();
        left -= piece.length;
      }
    },
  };
}
