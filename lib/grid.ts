import path from 'node:path';
import { escapeHtml } from './html';
import { photoFile } from './photo-file';
import type { PhotoHit } from './photo-hit';
import { repositoryRoot } from './settings';
import { thumbnail, thumbnailSize } from './thumbnail';

export interface GridOptions {
  /** The folder that the hits' `image_url` is looked up in. */
  photosDir: string;
  /** A line above the pictures, such as the query. */
  heading?: string;
  /** The page's own folder: links to the whole photos are relative to it. Default: where the notebooks are. */
  pageDir?: string;
}

const muted = 'opacity:.78';

/** An address for a link, if it is one that a reader can follow without harm. */
function webAddress(url: string | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}

function link(href: string, content: string, label?: string): string {
  const aria = label ? ` aria-label="${escapeHtml(label)}"` : '';
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener"${aria} style="color:inherit">${content}</a>`;
}

/** At most `length` characters of a text, so that a huge string cannot break the grid. */
function shorten(text: string, length = 80): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** `Photo: Jane Doe, CC BY-SA 4.0`, with links where the credit has addresses. */
function credit(hit: PhotoHit): string {
  const linked = (text: string, url: string | undefined) => {
    const address = webAddress(url);
    const safe = escapeHtml(shorten(text));
    return address ? link(address, safe) : safe;
  };
  const parts = [
    hit.author ? linked(hit.author, hit.source_url) : '',
    hit.licence ? linked(hit.licence, hit.licence_url) : '',
  ].filter(Boolean);
  return parts.length > 0 ? `Photo: ${parts.join(', ')}` : '';
}

/** The picture of a tile, as a link to the whole photo, or a placeholder that says what is missing. */
async function picture(
  hit: PhotoHit,
  title: string,
  { photosDir, pageDir }: GridOptions,
): Promise<string> {
  const { width, height } = thumbnailSize;
  const box = `display:block;width:${width}px;height:${height}px;border-radius:8px 8px 0 0`;
  const placeholder = (reason: string) =>
    `<div role="img" aria-label="${escapeHtml(reason)}" style="${box};display:flex;align-items:center;justify-content:center;` +
    `text-align:center;background:rgba(128,128,128,.15)"><span style="padding:12px;overflow-wrap:anywhere">${escapeHtml(reason)}</span></div>`;

  const name = shorten(hit.image_url ?? hit.id);
  const file = await photoFile(photosDir, hit.image_url);
  if (!file) return placeholder(`No photo here named ${name}`);
  try {
    const image = `<img src="${await thumbnail(file)}" alt="${escapeHtml(title)}" width="${width}" height="${height}" style="${box};max-width:none;margin:0">`;
    const href = path
      .relative(pageDir ?? repositoryRoot, file)
      .split(path.sep)
      .map(encodeURIComponent)
      .join('/');
    return link(href, image, `Open the whole photo: ${title}`);
  } catch {
    return placeholder(`This photo can't be read: ${name}`);
  }
}

async function tile(hit: PhotoHit, position: number, options: GridOptions): Promise<string> {
  const title = shorten(hit.title ?? path.posix.basename(hit.image_url ?? hit.id));
  const cosine = Number.isFinite(hit.cosine) ? hit.cosine.toFixed(3) : '–';
  return (
    `<figure style="width:${thumbnailSize.width}px;margin:0;border:1px solid rgba(128,128,128,.35);border-radius:9px">` +
    (await picture(hit, title, options)) +
    `<figcaption style="padding:8px 10px 10px;text-align:left;overflow-wrap:anywhere">` +
    `<div style="font-weight:600">${position}. ${escapeHtml(title)}</div>` +
    `<div style="font-variant-numeric:tabular-nums">cosine ${cosine}</div>` +
    `<div style="${muted};font-size:12px">${escapeHtml(shorten(hit.image_url ?? hit.id))}</div>` +
    `<div style="${muted};font-size:12px">${credit(hit)}</div>` +
    `</figcaption></figure>`
  );
}

/**
 * The photos that a search found as HTML: tiles with picture, rank, title, cosine and credit.
 *
 * Only inline styles and no scripts, so that it looks the same in a notebook that is not trusted; colours are the
 * page's own, so that it is readable on light and dark themes. Every text from the index is escaped.
 */
export async function photoGrid(hits: readonly PhotoHit[], options: GridOptions): Promise<string> {
  const tiles = await Promise.all(hits.map((hit, position) => tile(hit, position + 1, options)));
  const heading = options.heading
    ? `<div style="font-weight:600;font-size:15px;margin:4px 0 10px">${escapeHtml(options.heading)}</div>`
    : '';
  const grid =
    tiles.length > 0
      ? `<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:stretch">${tiles.join('')}</div>`
      : `<div style="${muted}">No photos found. Is the index empty? Notebook 2 fills it.</div>`;
  return `<div style="font:14px/1.4 system-ui,sans-serif">${heading}${grid}</div>`;
}
