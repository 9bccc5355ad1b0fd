/** Kinds of pictures that sharp as npm installs it can't read: those that cameras call raw, and others. */
const pictures = new Set([
  ...'.3fr .arw .cr2 .cr3 .crw .dng .erf .kdc .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f'.split(
    ' ',
  ),
  ...'.ai .bmp .eps .ico .jp2 .j2k .jpf .jpx .jxl .psd .tga .xcf'.split(' '),
]);

/**
 * What was passed over in a folder of photos, by kind with its number, for the reader, and what can be done about it.
 *
 * @param passedOver see `findPhotos`
 * @returns a line each for pictures that can't be read, for links, and for all else
 */
export function passedOverLines(passedOver: Readonly<Record<string, number>>): string[] {
  const groups = { pictures: [] as string[], links: [] as string[], others: [] as string[] };
  for (const [kind, count] of Object.entries(passedOver)) {
    const isLink = kind === 'linked file' || kind === 'linked folder';
    const group = pictures.has(kind) ? 'pictures' : isLink ? 'links' : 'others';
    groups[group].push(`${count} ${kind}${isLink && count > 1 ? 's' : ''}`);
  }
  const line = (counts: string[], remark: string) =>
    counts.length > 0 ? [`passed over: ${counts.join(', ')}${remark}`] : [];
  return [
    ...line(groups.pictures, ". Pictures of these kinds can't be read: export them as JPEG"),
    ...line(groups.links, '. To index what they point to, copy it here, or index its folder'),
    ...line(groups.others, ''),
  ];
}
