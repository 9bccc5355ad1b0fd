import { createHash } from 'node:crypto';

/** The `number`-th of so many parts, counted from 1. */
export interface Part {
  number: number;
  of: number;
}

/**
 * The photos of a part: each photo is in exactly one, by a hash of its id, on whichever machine this is asked, and
 * whatever other photos there are.
 */
export function partOf<Photo extends { id: string }>(photos: readonly Photo[], part: Part): Photo[] {
  return photos.filter(({ id }) => {
    const hash = createHash('sha256').update(id).digest().readUInt32LE();
    return hash % part.of === part.number - 1;
  });
}

/** The `number`-th of so many parts of `part`: together they are that part. */
export function partOfPart(part: Part, { number, of }: Part): Part {
  // Whose hash leaves r when divided by n leaves r, r + n, r + 2n … when divided by a multiple of n.
  return { number: part.number + part.of * (number - 1), of: part.of * of };
}
