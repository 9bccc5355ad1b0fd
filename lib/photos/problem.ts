import sharp from 'sharp';

/** Longer messages of the image library repeat themselves. */
const longestMessage = 160;

const heic =
  'is HEIC, which sharp has no decoder for: convert it to JPEG (macOS: sips -s format jpeg; Linux: heif-convert; Windows: magick)';

/** Whether a problem with a photo is that it is HEIC. */
export function isHeicProblem(problem: string): boolean {
  return problem === heic;
}

/** That a file is HEIC, which its header tells even where the image library's message got lost; undefined if not. */
export async function heicProblem(file: string): Promise<string | undefined> {
  const header = await sharp(file, { limitInputPixels: false }).metadata().catch(() => undefined);
  return header?.compression === 'hevc' ? heic : undefined;
}

/** What is wrong with a photo, to follow its name in a sentence, from the error that reading it threw. */
export function photoProblem(error: unknown): string {
  const message =
    error instanceof Error
      ? error.message.replaceAll(/\S*: bad seek to \d+|\s+/g, ' ').replaceAll(/ +/g, ' ').trim()
      : String(error);
  if (error instanceof RangeError) return message;
  if (message.includes('is missing')) return 'is not there (any more)';
  if (message.includes('unsupported image format')) {
    return 'is not a picture that can be read. If it is one, save it as JPEG, PNG, WebP or AVIF; otherwise remove it';
  }
  if (message.includes('has not been built in: HEVC')) return heic;
  // What the library says when several photos failed at once, and their messages got mixed up.
  if (message === 'Unknown error') return 'cannot be decoded: replace it by an undamaged copy';
  const detail = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  return `cannot be decoded${detail && ` (${detail})`}: replace it by an undamaged copy`;
}
