import { open, readFile } from 'node:fs/promises';
import sharp from 'sharp';

/** How much of a JPEG is there; viewers show one that is `nearly` whole without a word. */
export type JpegExtent = 'whole' | 'nearly' | 'cut';

/** So much of a picture's height, at the bottom, may be missing. */
const mostMissing = 0.05;

/** To smooth colours, the decoder wants the next row of blocks too, up to 16 pixels high. */
const readAhead = 16;

/** Markers of a JPEG (ITU-T T.81, table B.1). */
const marker = { begin: 0xd8, end: 0xd9, scan: 0xda, progressive: 0xc2 } as const;
const endMarker = Buffer.from([0xff, marker.end]);
const scanMarker = Buffer.from([0xff, marker.scan]);

/**
 * Whether a JPEG has its end, or lacks no more of it than nobody would notice, as after a copy that was broken off: one
 * that is coded row by row lacks a twentieth of its rows at most; in a progressive one, the last scan has begun, which
 * only makes finer what is there.
 *
 * Most files end with the end marker, and only their last two bytes are read. Others, which also phones write that put
 * something behind the picture, are read whole.
 */
export async function jpegExtent(photo: string | Uint8Array): Promise<JpegExtent> {
  if ((await lastBytes(photo)).equals(endMarker)) return 'whole';
  const jpeg = typeof photo === 'string' ? await readFile(photo) : Buffer.from(photo);
  const { scansAt, isProgressive } = readHeader(jpeg);
  // In what is coded, a byte ff is always followed by 00 or a marker's number.
  if (jpeg.includes(endMarker, scansAt)) return 'whole';
  const isNearlyWhole = isProgressive ? everyBitBegun(jpeg, scansAt) : await rowsAreThere(jpeg);
  return isNearlyWhole ? 'nearly' : 'cut';
}

async function lastBytes(photo: string | Uint8Array): Promise<Buffer> {
  if (typeof photo !== 'string') return Buffer.from(photo.subarray(-2));
  const file = await open(photo);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, Math.max(0, size - 2));
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Where the first scan begins, behind all segments, which may hold a JPEG of their own: the camera's thumbnail. */
function readHeader(jpeg: Buffer): { scansAt: number; isProgressive: boolean } {
  let isProgressive = false;
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at + 1] !== marker.scan) {
    if (jpeg[at + 1] === 0xff) at++; // filling
    else {
      isProgressive ||= jpeg[at + 1] === marker.progressive;
      at += 2 + jpeg.readUInt16BE(at + 2);
    }
  }
  return { scansAt: at, isProgressive };
}

/** Whether the scans that have begun, the last one included, bring every coefficient to its last bit (T.81, B.2.3, G.1). */
function everyBitBegun(jpeg: Buffer, scansAt: number): boolean {
  const missing = new Map<number, Set<number>>();
  for (let at = scansAt; at >= 0; at = jpeg.indexOf(scanMarker, at + 2)) {
    const components = jpeg[at + 4] ?? 0;
    const parameters = at + 5 + 2 * components;
    if (parameters + 3 > jpeg.length) return false;
    const [first = 0, last = 0, bits = 0] = jpeg.subarray(parameters);
    for (let component = 0; component < components; component++) {
      const id = jpeg[at + 5 + 2 * component] ?? 0;
      const left = missing.get(id) ?? new Set(Array.from({ length: 64 }, (_, i) => i));
      missing.set(id, left);
      const bitsLeft = bits & 0x0f;
      for (let i = first; i <= last && bitsLeft === 0; i++) left.delete(i);
    }
  }
  return missing.size > 0 && [...missing.values()].every(({ size }) => size === 0);
}

/** Whether the rows decode but for the lowest. */
async function rowsAreThere(jpeg: Buffer): Promise<boolean> {
  const image = sharp(jpeg, { failOn: 'error', limitInputPixels: false });
  try {
    const { width, height } = await image.metadata();
    const rows = Math.max(1, Math.ceil(height * (1 - mostMissing)) - readAhead);
    const there = { left: 0, top: 0, width, height: rows };
    await image.extract(there).resize(8, 8, { fit: 'fill' }).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}
