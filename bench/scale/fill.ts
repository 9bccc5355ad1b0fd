import http from 'node:http';
import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { photoIndexBody } from '../../lib/photo-index';
import { photoDocumentJson } from '../../lib/opensearch/photo-document';
import { type BulkOperation, sendOperations } from '../../lib/opensearch/bulk';
import { timed } from '../subjects/measure';
import { identity, madeUpPhoto } from './photo-documents';

/** As in `sendOperations`: a request is sent once it holds so many characters. */
const requestLength = 2e6;
/**
 * Documents that one way sends before the other takes over: whatever else the machine does then meets both alike. Fewer
 * photos than two turns are brought in as a whole, by each way several times, into a new index each time.
 */
const perTurn = 9600;

interface Filled {
  uploadDocsPerSecond: number;
  rawDocsPerSecond: number;
  /** Processor time of this process during our upload, as a share of the clock's; the rest is waiting for the server. */
  ownShare: number;
  /** From the last answer until all that was sent is found. */
  searchableSeconds: number;
}

/**
 * Makes `index` and brings made-up photos into it in two ways, turn by turn: as `uploadPhotos` does with photos that have
 * their vectors (documents made, vectors written as JSON, two requests under way while the next fills, answers read item
 * by item), and as raw requests whose bodies lie ready, one after the other.
 *
 * @param vectors [count, 512]; those of `madeUpPhoto`, by their position
 * @throws PhotoSearchError if the server refuses any
 */
export async function fillIndex(
  client: Client,
  { url, index }: { url: string; index: string },
  vectors: readonly Float32Array[],
): Promise<Filled> {
  const all = vectors.map((_, position) => position);
  const asWhole = all.length < 2 * perTurn;
  const turns = asWhole
    ? Array.from({ length: 4 * Math.ceil(perTurn / 2 / all.length) }, () => all)
    : Array.from({ length: Math.ceil(all.length / perTurn) }, (_, i) => all.slice(i * perTurn, (i + 1) * perTurn));
  const ours = { docs: 0, ms: 0, cpuMs: 0 };
  const raw = { docs: 0, ms: 0 };
  for (const [number, positions] of turns.entries()) {
    if (asWhole || number === 0) {
      await client.indices.delete({ index, ignore_unavailable: true });
      await client.indices.create({ index, body: photoIndexBody(identity, { photos: all.length, nodes: 1 }) });
    }
    // Ours, raw, raw, ours: neither way always comes first.
    if (number % 4 === 0 || number % 4 === 3) {
      const { seconds, cpuSeconds } = await timed(() => upload(client, index, { positions, vectors }));
      ours.ms += 1000 * seconds;
      ours.cpuMs += 1000 * cpuSeconds;
      ours.docs += positions.length;
    } else {
      const bodies = rawBodies(positions, vectors);
      const begin = performance.now();
      for (const body of bodies) await postRaw(`${url}/${index}/_bulk`, body);
      raw.ms += performance.now() - begin;
      raw.docs += positions.length;
    }
  }
  const begin = performance.now();
  await client.indices.refresh({ index });
  const { body } = await client.count({ index });
  if (body.count !== vectors.length) {
    throw new PhotoSearchError(`${body.count} of ${vectors.length} documents are in the index.`);
  }
  return {
    uploadDocsPerSecond: (1000 * ours.docs) / ours.ms,
    rawDocsPerSecond: (1000 * raw.docs) / raw.ms,
    ownShare: ours.cpuMs / ours.ms,
    searchableSeconds: (performance.now() - begin) / 1000,
  };
}

interface Part {
  positions: readonly number[];
  vectors: readonly Float32Array[];
}

async function upload(client: Client, index: string, { positions, vectors }: Part): Promise<void> {
  async function* operations() {
    for (const position of positions) {
      // As in `uploadPhotos`, which waits for photos: here is a moment in which answers can come in.
      await new Promise(setImmediate);
      yield bulkOperation(position, vectors);
    }
  }
  await sendAll(client, index, operations());
}

/** @throws PhotoSearchError if the server refuses any */
export async function sendAll(
  client: Client,
  index: string,
  operations: AsyncIterable<BulkOperation> | Iterable<BulkOperation>,
): Promise<void> {
  const options = { index, patienceMs: 60_000, signal: new AbortController().signal, onNotice: console.log };
  for await (const { refused } of sendOperations(client, operations, options)) {
    const [first] = refused;
    if (first) throw new PhotoSearchError(`Documents were refused: ${first.reason}.`);
  }
}

function bulkOperation(position: number, vectors: readonly Float32Array[]): BulkOperation & { document: string } {
  const { id, document } = madeUpPhoto(position);
  return { id, document: photoDocumentJson(document, vectors[position] ?? new Float32Array()) };
}

/** Requests as long as ours; only our first is shorter: the server begins sooner. */
function rawBodies(positions: readonly number[], vectors: readonly Float32Array[]): Buffer[] {
  const bodies: Buffer[] = [];
  let [lines, length]: [string[], number] = [[], 0];
  for (const position of positions) {
    const { id, document } = bulkOperation(position, vectors);
    lines.push(`{"index":{"_id":"${id}"}}\n${document}\n`);
    length += document.length;
    if (length < requestLength && position !== positions.at(-1)) continue;
    bodies.push(Buffer.from(lines.join('')));
    [lines, length] = [[], 0];
  }
  return bodies;
}

const agent = new http.Agent({ keepAlive: true });

/** Sends a body and reads the answer, without looking further into it than whether all is well. */
async function postRaw(url: string, body: Buffer): Promise<void> {
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        resolve(Buffer.concat(parts).toString());
      });
    });
    request.on('error', reject);
    request.end(body);
  });
  if (!answer.slice(0, 100).includes('"errors":false')) {
    throw new PhotoSearchError(`A raw bulk request was refused: ${answer.slice(0, 300)}`);
  }
}
