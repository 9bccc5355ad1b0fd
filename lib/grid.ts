import path from 'node:path';
import { escapeHtml, noLatex, shorten } from './html';
import { openPhoto } from './open-photo';
import { mapAhead } from './photo/map-ahead';
import { photoFile } from './photos';
import type { PhotoHit } from './search';

export interface GridOptions {
  /** The folder that the hits' `image_url` is looked up in. */
  photosDir: string;
  /** A line above the pictures, such as the query. */
  heading?: string | undefined;
  /** A sentence between heading and pictures. */
  note?: string | undefined;
  /** The first tile's number. Default 1; 4 on the second page of three. */
  firstRank?: number | undefined;
  /**
   * The address of a whole photo, an absolute path, as seen from the page; undefined if the page can't reach it.
   * Default: pictures are no links.
   */
  address?: (file: string) => string | undefined;
}

// Three in a row where they fit, two on a narrow page, more on a wide one. A notebook that is not trusted loses the
// second line, and keeps the first.
const columns =
  'grid-template-columns:repeat(auto-fill,minmax(220px,1fr));' +
  'grid-template-columns:repeat(auto-fill,minmax(max(160px,min(30%,300px)),1fr))';

const muted = 'opacity:.8;font-size:12px';

/** The title of a link is shown while the mouse rests on it, and read out after the content. */
function link(href: string, content: string, title = ''): string {
  const described = title ? ` title="${title}"` : '';
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener"${described} style="color:inherit;text-decoration:underline">${content}</a>`;
}

/** `Photo: Jane Doe, CC BY-SA 4.0`, with links where the credit has addresses that a reader can follow without harm. */
function credit({ author, source_url, licence, licence_url }: PhotoHit): string {
  const linked = (text = '', url = '') => {
    const safe = escapeHtml(shorten(text));
    return text !== '' && /^https?:\/\//i.test(url) ? link(url, safe) : safe;
  };
  const parts = [linked(author, source_url), linked(licence, licence_url)].filter(Boolean);
  return parts.length > 0 ? `Photo: ${parts.join(', ')}` : '';
}

/** A box of a picture's shape, with a sentence in place of the picture. */
function placeholder(reason: string): string {
  const { width, height } = thumbnailSize;
  return (
    `<div style="position:relative;padding-bottom:${(100 * height) / width}%;border-radius:8px 8px 0 0;background:rgba(128,128,128,.15)">` +
    `<div style="position:absolute;top:0;left:0;width:100%;height:100%;box-sizing:border-box;padding:12px;overflow:hidden;` +
    `display:flex;align-items:center;justify-content:center;text-align:center">` +
    `<span style="min-width:0;overflow-wrap:break-word">${escapeHtml(reason)}</span></div></div>`
  );
}

/** The picture of a tile, as a link to the whole photo, or a placeholder that says what is missing. */
async function picture(hit: PhotoHit, title: string, options: GridOptions): Promise<string> {
  const name = shorten(hit.image_url ?? hit.id);
  const file = await photoFile(options.photosDir, hit.image_url);
  if (!file) return placeholder(`No photo here named ${name}`);
  try {
    const { width, height } = thumbnailSize;
    const image =
      `<img src="${await thumbnail(file)}" alt="${escapeHtml(title)}" width="${width}" height="${height}" ` +
      `style="display:block;width:100%;height:auto;max-width:none;margin:0;border-radius:8px 8px 0 0">`;
    const address = options.address?.(file);
    return address ? link(address, image, 'Open the whole photo') : image;
  } catch {
    return placeholder(`This photo can't be read: ${name}`);
  }
}

async function tile(hit: PhotoHit, position: number, options: GridOptions): Promise<string> {
  const title = shorten(hit.title ?? path.posix.basename(hit.image_url ?? hit.id));
  const cosine = Number.isFinite(hit.cosine) ? hit.cosine.toFixed(3) : '–';
  return (
    `<figure style="min-width:0;margin:0;border:1px solid rgba(128,128,128,.35);border-radius:9px">` +
    (await picture(hit, title, options)) +
    `<figcaption style="padding:8px 12px 10px;text-align:left;overflow-wrap:break-word">` +
    `<div style="font-weight:600">${position}. ${escapeHtml(title)}</div>` +
    `<div>cosine ${cosine}</div>` +
    `<div style="${muted}">${escapeHtml(hit.path ?? shorten(hit.image_url ?? hit.id))}</div>` +
    `<div style="${muted}">${credit(hit)}</div>` +
    `</figcaption></figure>`
  );
}

/** Photos that are read at once: a process may not open any number of files. */
const mostOpen = 16;

/**
 * The photos that a search found as HTML: tiles with picture, rank, title, cosine and credit, as many in a row as fit.
 *
 * Only inline styles and no scripts: it looks the same in a notebook that is not trusted. Colours are the page's own:
 * it is readable on light and dark themes. Every text from the index is escaped.
 */
export async function photoGrid(hits: readonly PhotoHit[], options: GridOptions): Promise<string> {
  const make = ([i, hit]: [number, PhotoHit]) => tile(hit, (options.firstRank ?? 1) + i, options);
  const tiles: string[] = [];
  for await (const html of mapAhead(hits.entries(), make, { ahead: mostOpen })) tiles.push(html);
  const line = (text: string | undefined, style: string) =>
    text ? `<div style="margin:0 0 10px;overflow-wrap:break-word${style}">${escapeHtml(text)}</div>` : '';
  const heading = options.heading && shorten(options.heading, 200);
  const above = line(heading, ';font-weight:600;font-size:15px') + line(options.note, '');
  const grid =
    tiles.length > 0
      ? `<div style="display:grid;gap:16px;${columns}">${tiles.join('')}</div>`
      : `<div>No photos found. Either none matches the filter, or the index is empty.</div>`;
  return `<div ${noLatex} style="font:14px/1.4 system-ui,sans-serif;padding:4px 0 8px">${above}${grid}</div>`;
}

/** A thumbnail's size, in pixels: enough for tiles up to 320 CSS pixels wide. */
export const thumbnailSize = { width: 320, height: 240 } as const;

/**
 * A small JPEG of a photo as a `data:` URI, about 15 kB: it shows in JupyterLab, in VS Code and in a saved notebook,
 * where a relative address may not. Cut by sharp to one size, because notebooks that are not trusted
 * lose the style that would do it (`object-fit`). The centre is kept: it is what CLIP looks at.
 *
 * @param file a photo's absolute path
 * @throws Error if the file cannot be read as a picture
 */
export async function thumbnail(file: string): Promise<string> {
  // Without a limit: it lies in a folder of the reader's own, and an upload may have been told to take larger ones.
  const { image } = await openPhoto(file, { limitPixels: Infinity });
  const jpeg = await image
    .resize({ ...thumbnailSize, fit: 'cover' })
    .jpeg({ quality: 76 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
