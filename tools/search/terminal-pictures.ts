import type { WriteStream } from 'node:tty';
import sharp from 'sharp';
import type { PhotoHit } from '../../lib/search';
import { photoFile } from '../../lib/photos';
import { openPhoto } from '../../lib/open-photo';

/** How a terminal is told to show a picture; `blocks` are characters, two coloured halves each. */
export type PictureProtocol = 'kitty' | 'iterm' | 'blocks';

/**
 * What the terminal says it can, by the variables that each sets. Nothing where output goes to a file or a program.
 * tmux and screen do not pass the protocols on.
 */
export function pictureProtocol(
  stdout: Pick<WriteStream, 'isTTY' | 'hasColors'>,
  env: NodeJS.ProcessEnv,
): PictureProtocol | undefined {
  // Not a boolean where it is no terminal, whatever the type says.
  if (!(stdout.isTTY as boolean | undefined)) return undefined;
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, TMUX, STY } = env;
  if (TMUX === undefined && STY === undefined) {
    if (KITTY_WINDOW_ID !== undefined || /^xterm-(kitty|ghostty)$/.test(TERM)) return 'kitty';
    if (['iTerm.app', 'WezTerm'].includes(TERM_PROGRAM)) return 'iterm';
  }
  return stdout.hasColors(2 ** 24, env) ? 'blocks' : undefined;
}

/** A picture's size in the terminal's cells, which are about twice as high as wide: 4 to 3. */
const tile = { columns: 26, rows: 10 };
const gap = 2;
/** Of a cell, for pictures that are not made of cells. */
const cellPixels = { width: 10, height: 20 };

/**
 * The hits' pictures for the terminal, side by side, with their ranks below; photos that can't be read stay empty.
 *
 * @param width of the terminal, in columns
 * @param firstRank 1 on the first page
 */
export async function terminalPictures(
  hits: readonly PhotoHit[],
  {
    protocol,
    photosDir,
    width,
    firstRank,
  }: { protocol: PictureProtocol; photosDir: string; width: number; firstRank: number },
): Promise<string> {
  const perRow = Math.max(1, Math.floor((width + gap) / (tile.columns + gap)));
  const lines: string[] = [];
  for (let start = 0; start < hits.length; start += perRow) {
    const row = hits.slice(start, start + perRow);
    const files = await Promise.all(row.map((hit) => photoFile(photosDir, hit.image_url)));
    lines.push(await pictureRow(files, protocol));
    const ranks = row.map((_, i) => String(firstRank + start + i).padEnd(tile.columns + gap));
    lines.push(ranks.join('').trimEnd());
  }
  return lines.join('\n');
}

async function pictureRow(files: readonly (string | undefined)[], protocol: PictureProtocol): Promise<string> {
  const cell = protocol === 'blocks' ? { width: 1, height: 2 } : cellPixels;
  const size = { width: tile.columns * cell.width, height: tile.rows * cell.height };
  const columns = files.length * (tile.columns + gap) - gap;
  const pictures = await Promise.all(files.map((file) => readPicture(file, size)));
  const row = sharp({
    create: {
      width: columns * cell.width,
      height: size.height,
      channels: 4,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    },
  }).composite(
    pictures.flatMap((input, i) => (input ? [{ input, left: i * (tile.columns + gap) * cell.width, top: 0 }] : [])),
  );
  if (protocol === 'blocks') return blocks(await row.raw().toBuffer(), columns);
  const png = await row.png().toBuffer();
  return protocol === 'kitty' ? kittyPicture(png, columns) : itermPicture(png, columns);
}

async function readPicture(
  file: string | undefined,
  size: { width: number; height: number },
): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    const { image } = await openPhoto(file, { limitPixels: Infinity });
    return await image
      .resize({ ...size, fit: 'cover' })
      .png()
      .toBuffer();
  } catch {
    return undefined;
  }
}

/** @param pixels red, green, blue and alpha bytes, `columns` a row and two rows of pixels for each row of cells */
function blocks(pixels: Buffer, columns: number): string {
  const pixel = (x: number, y: number) => pixels.subarray(4 * (y * columns + x)).subarray(0, 4);
  const lines: string[] = [];
  for (let y = 0; y < 2 * tile.rows; y += 2) {
    const cells = Array.from({ length: columns }, (_, x) => {
      const [upper, lower] = [pixel(x, y), pixel(x, y + 1)];
      if (upper[3] === 0) return '\u001b[0m ';
      const colour = (bytes: Buffer) => [...bytes.subarray(0, 3)].join(';');
      return `\u001b[38;2;${colour(upper)};48;2;${colour(lower)}m▀`;
    });
    lines.push(`${cells.join('')}\u001b[0m`);
  }
  return lines.join('\n');
}

/** See "Terminal graphics protocol" in kitty's documentation: PNG in base64, at most 4096 characters at a time. */
function kittyPicture(png: Buffer, columns: number): string {
  const chunks = png.toString('base64').match(/.{1,4096}/g) ?? [];
  const commands = chunks.map((chunk, i) => {
    const begin = i === 0 ? `a=T,f=100,q=2,c=${columns},r=${tile.rows},` : '';
    return `\u001b_G${begin}m=${i + 1 < chunks.length ? 1 : 0};${chunk}\u001b\\`;
  });
  return commands.join('');
}

/** See "Inline images protocol" in iTerm2's documentation. */
function itermPicture(png: Buffer, columns: number): string {
  const options = `inline=1;size=${png.length};width=${columns};height=${tile.rows};preserveAspectRatio=0`;
  return `\u001b]1337;File=${options}:${png.toString('base64')}\u0007`;
}
