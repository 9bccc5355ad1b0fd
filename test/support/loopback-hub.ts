import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { endServer, listen } from './loopback';

/** What the next answer with a file's content (for `status`, `silent` and `lateMs`: the next request) does wrong. */
export type Fault =
  | { status: number; headers?: Record<string, string> }
  /** Never an answer. */
  | { silent: true }
  | { lateMs: number }
  /** The connection breaks after this many bytes of the body. */
  | { cutAfter: number }
  /** After this many bytes of the body nothing more comes, the connection stays open. */
  | { stallAfter: number }
  /** The body ends early in good order: the length given is that of the truncated body, or none at all. */
  | { truncateTo: number; length: 'announced' | 'unknown' }
  | { body: Buffer; length?: 'unknown' }
  | { ignoreRange: true; cutAfter?: number }
  /** The body in pieces of 16 KiB with a pause between them, in ms. */
  | { slowMs: number };

interface SeenRequest {
  method: string;
  /** `hub` answers with facts and redirects, `store` (another origin) with the bytes of large files. */
  server: 'hub' | 'store';
  path: string;
  range?: string;
  authorization?: string;
}

export type LoopbackHub = Awaited<ReturnType<typeof startLoopbackHub>>;

/**
 * A model hub on the loopback interface, as the real one answers: `/{id}/resolve/{revision}/{path}` tells commit,
 * size and (for large files) SHA-256 in headers while redirecting; `.onnx` files come from another origin under a
 * signed address, small ones from another path of the same origin.
 */
export async function startLoopbackHub() {
  const contents = new Map<string, Buffer>();
  const redirects = new Map<string, { to: string; headers: Record<string, string> }>();
  const faults: { ending: string; fault: Fault }[] = [];
  const requests: SeenRequest[] = [];

  const takeFault = (urlPath: string, fits: (fault: Fault) => boolean): Fault | undefined => {
    const at = faults.findIndex(({ ending }) => urlPath.endsWith(ending));
    const found = faults[at];
    if (found === undefined || !fits(found.fault)) return undefined;
    faults.splice(at, 1);
    return found.fault;
  };

  const answer = (server: 'hub' | 'store', request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const { range, authorization } = request.headers;
    requests.push({ method: request.method ?? '', server, path: pathname, range, authorization });
    if (takeFault(pathname, (fault) => 'silent' in fault)) return;
    const late = takeFault(pathname, (fault) => 'lateMs' in fault);
    if (late && 'lateMs' in late) {
      setTimeout(() => {
        answer(server, request, response);
      }, late.lateMs);
      return;
    }
    const refusal = takeFault(pathname, (fault) => 'status' in fault);
    if (refusal && 'status' in refusal) {
      response.writeHead(refusal.status, refusal.headers).end('a page that explains');
      return;
    }
    const redirect = redirects.get(pathname);
    if (server === 'hub' && redirect !== undefined) {
      // As the hub does: the redirect has a body, and so a length, of its own.
      const words = `Temporary Redirect. Redirecting to ${redirect.to}`;
      const own = { location: redirect.to, 'content-length': words.length };
      response.writeHead(307, { ...own, ...redirect.headers }).end(words);
      return;
    }
    const content = contents.get(pathname);
    if (content === undefined) {
      response.writeHead(404).end('Entry not found');
    } else if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-length': content.length, etag: etagOf(content) }).end();
    } else {
      const fault = takeFault(pathname, () => true);
      sendContent(request, response, content, fault);
    }
  };

  const [hub, store] = (['hub', 'store'] as const).map((server) =>
    createServer((request, response) => answer(server, request, response)),
  ) as [Server, Server];
  const [url, storeUrl] = [`http://127.0.0.1:${await listen(hub)}`, `http://127.0.0.1:${await listen(store)}`];

  return {
    url,
    requests,
    /** Serves `content` under this path of the hub itself, with a strong ETag. */
    serve: (urlPath: string, content: Buffer) => void contents.set(urlPath, content),
    /** Serves a folder's files as the model `id` at `commit`, which `main` points to. */
    addModel(id: string, folder: string, commit: string) {
      for (const file of filesBelow(folder)) {
        const content = readFileSync(path.join(folder, file));
        const large = /\.onnx(_data)?/.test(file);
        const contentPath = large ? `/store/${id}/${file}` : `/api/resolve-cache/${id}/${file}`;
        contents.set(contentPath, content);
        for (const revision of ['main', commit]) {
          redirects.set(`/${id}/resolve/${revision}/${file}`, {
            to: large ? `${storeUrl}${contentPath}?signature=store-secret` : contentPath,
            headers: {
              'x-repo-commit': commit,
              ...(large ? { 'x-linked-size': String(content.length), 'x-linked-etag': `"${sha256(content)}"` } : {}),
            },
          });
        }
      }
    },
    /** The next requests whose path ends in `ending` meet these faults, one each, then all is well. */
    fail: (ending: string, ...list: Fault[]) => void faults.push(...list.map((fault) => ({ ending, fault }))),
    close: () => Promise.all([endServer(hub), endServer(store)]),
  };
}

function sendContent(request: IncomingMessage, response: ServerResponse, whole: Buffer, fault?: Fault): void {
  const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const etag = etagOf(whole);
  const sameVersion = (request.headers['if-range'] ?? etag) === etag;
  const from = wanted && sameVersion && !(fault && 'ignoreRange' in fault) ? Number(wanted[1]) : 0;
  if (from > 0 && from >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  let body = fault && 'body' in fault ? fault.body : whole.subarray(from);
  if (fault && 'truncateTo' in fault) body = body.subarray(0, fault.truncateTo);
  const headers: Record<string, string | number> = { etag, 'content-length': body.length };
  if (fault && 'length' in fault && fault.length === 'unknown') delete headers['content-length'];
  if (from > 0) headers['content-range'] = `bytes ${from}-${whole.length - 1}/${whole.length}`;
  response.writeHead(from > 0 ? 206 : 200, headers);

  if (fault && 'cutAfter' in fault && fault.cutAfter !== undefined) {
    // The client loses what it has not read when the connection breaks: let it read first.
    response.write(body.subarray(0, fault.cutAfter), () => setTimeout(() => response.destroy(), 150));
  } else if (fault && 'stallAfter' in fault) {
    response.write(body.subarray(0, fault.stallAfter));
  } else if (fault && 'slowMs' in fault) {
    let at = 0;
    const timer = setInterval(() => {
      response.write(body.subarray(at, (at += 16384)));
      if (at < body.length) return;
      clearInterval(timer);
      response.end();
    }, fault.slowMs);
    response.on('close', () => clearInterval(timer));
  } else {
    response.end(body);
  }
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function etagOf(content: Buffer): string {
  return `"${sha256(content).slice(0, 40)}"`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
