import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import sharp from 'sharp';
import { endServer, listen } from './loopback';

/** What a server does wrong with a photo, named in its path; `…Once` only when it is first asked for. */
export const photoFaults = {
  missing: /^its address does not exist \(HTTP 404\)$/,
  refused: /^its address: access is refused \(HTTP 403\)$/,
  reset: /cannot be reached \(ECONNRESET|UND_ERR_SOCKET\)\. Tried 3 times/,
  truncated: /^its address was cut off before its end\. Tried 3 times/,
  silent: /^its address took longer than 2\.0 s\. Tried 3 times/,
  html: /^its address is a web page, not a picture$/,
  endless: /^its address is larger than 200 kB$/,
  inward: /^169\.254\.1\.1 is not on the public internet \(linkLocal\)/,
  rebound: /^localhost is (127\.0\.0\.1|::1), which is not on the public internet \(loopback\)/,
  notPicture: /^is not a picture that can be read/,
  halfPicture: /^can't be decoded/,
} as const;

/**
 * Serves small photos, whatever their names, and fails where a path begins with a fault's name.
 *
 * @returns the paths that were `asked` for, the `most` requests at a time, and how many were `impatient`: they came while
 *   all had been asked to wait
 */
export async function startPhotoServer({ retryAfter }: { retryAfter?: number } = {}) {
  const photos = await Promise.all(
    Array.from({ length: 48 }, async (_, i) => {
      const background = { r: (i * 37) % 256, g: (i * 91) % 256, b: (i * 5) % 256 };
      return sharp({ create: { width: 24, height: 16, channels: 3, background } })
        .jpeg()
        .toBuffer();
    }),
  );
  const failed = new Set<string>();
  let [now, waitFrom, waitUntil] = [0, 0, 0];

  function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const [, kind = ''] = url.split('/');
    const photo = photos[Number(/\d+/.exec(url)?.[0] ?? 0) % photos.length] ?? Buffer.alloc(0);
    const isFirst = !failed.has(url);
    failed.add(url);
    if (kind === 'missing') response.writeHead(404).end();
    else if (kind === 'refused') response.writeHead(403).end();
    else if (kind === 'error' || (kind === 'errorOnce' && isFirst)) response.writeHead(500).end();
    else if (retryAfter !== undefined || (kind === 'busyOnce' && isFirst)) {
      // What is on its way is not impatient.
      [waitFrom, waitUntil] = [Date.now() + 300, Date.now() + 900];
      response.writeHead(429, { 'retry-after': String(retryAfter ?? 1) }).end();
    } else if (kind === 'reset') response.destroy();
    else if (kind === 'truncated') {
      response.writeHead(200, { 'content-length': photo.length }).write(photo.subarray(0, 200));
      setTimeout(() => response.destroy(), 5);
    } else if (kind === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Log in</p>');
    else if (kind === 'endless') {
      response.on('drain', () => response.write(Buffer.alloc(65_536)));
      response.write(Buffer.alloc(65_536));
    } else if (kind === 'inward') response.writeHead(302, { location: 'http://169.254.1.1/' }).end();
    else if (kind === 'rebound') response.writeHead(302, { location: url.replace('/', '//localhost/') }).end();
    else if (kind === 'notPicture') response.writeHead(200, { 'content-type': 'image/jpeg' }).end('no picture');
    else if (kind === 'halfPicture') response.end(photo.subarray(0, photo.length / 2));
    else if (kind === 'slow') setTimeout(() => response.end(photo), 50);
    else if (kind !== 'silent') response.end(photo);
  }

  const server = createServer((request, response) => {
    state.asked.push(request.url ?? '');
    if (Date.now() > waitFrom && Date.now() < waitUntil) state.impatient++;
    state.most = Math.max(state.most, ++now);
    response.on('close', () => now--);
    answer(request, response);
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const state = { url, asked: [] as string[], most: 0, impatient: 0, close: () => endServer(server) };
  return state;
}
