import sharp from 'sharp';

/** The image library's names of what photos are saved as. PDF and the like, which some builds of it read, are not. */
const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'svg', 'heif', 'jp2', 'jxl'] as const;

/**
 * Endings of the files that sharp, as it is installed here, reads, in lower case: `.jpg`, `.png` and so on, `.jp2` where
 * it was built so.
 */
export const readableEndings: readonly string[] = formats
  .flatMap((format) => {
    const { file, fileSuffix = [] } = sharp.format[format].input;
    return file ? fileSuffix : [];
  })
  .filter((suffix) => /^\.\w+$/.test(suffix));

/**
 * Endings of the files that are taken for photos. Files named `.heic` may hold AVIF, which can be read; HEIC proper can't,
 * as its decoder is patented: such a photo is named and skipped.
 */
export const photoEndings: ReadonlySet<string> = new Set([...readableEndings, '.heic', '.heif']);

const raw = new Set(
  '.3fr .arw .cr2 .cr3 .crw .dng .erf .kdc .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f'.split(
    ' ',
  ),
);
const video = new Set(
  '.3gp .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .vob .webm .wmv'.split(' '),
);
/** Pictures that sharp as npm installs it can't read. */
const otherPictures = new Set('.ai .bmp .eps .ico .jp2 .j2k .jpf .jpx .jxl .psd .tga .xcf'.split(' '));

/** What a file is counted as that is not taken for a photo. */
export function otherKind(ending: string): string {
  if (raw.has(ending)) return 'raw';
  if (video.has(ending)) return 'video';
  return ending || 'without an ending';
}

/** Whether a kind, see {@link otherKind}, is one of pictures. */
export function isPictureKind(kind: string): boolean {
  return kind === 'raw' || otherPictures.has(kind);
}
