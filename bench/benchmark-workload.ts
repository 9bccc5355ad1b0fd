// npx tsx bench/benchmark-workload.ts FOLDER [10000]: the documents of bench:scale as a workload of opensearch-benchmark.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { photoIndexBody } from '../lib/photo-index';
import { photoDocumentJson } from '../lib/opensearch/photo-document';
import { runScript } from '../tools/run-script';
import { identity, madeUpPhoto } from './scale/photo-documents';
import { photoLikeVectors } from './scale/photo-like-vectors';

runScript(async () => {
  const [folder, count = '10000'] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Give a folder for the workload.');
  const vectors = photoLikeVectors(Number(count));
  const documents = vectors.map((vector, i) => `${photoDocumentJson(madeUpPhoto(i).document, vector)}\n`).join('');
  const write = (name: string, content: string | object) =>
    writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  await mkdir(folder, { recursive: true });
  await write('documents.json', documents);
  await write('index.json', photoIndexBody(identity));
  const corpus = { 'source-file': 'documents.json', 'document-count': vectors.length };
  await write('workload.json', {
    version: 2,
    description: 'Photos with their vectors',
    indices: [{ name: 'opensearch-benchmark', body: 'index.json' }],
    corpora: [{ name: 'photos', documents: [{ ...corpus, 'uncompressed-bytes': Buffer.byteLength(documents) }] }],
    schedule: [
      { operation: { 'operation-type': 'delete-index' } },
      { operation: { 'operation-type': 'create-index' } },
      // As many documents as fill one of our requests of 2 MB.
      { operation: { 'operation-type': 'bulk', 'bulk-size': 270 }, clients: 1 },
      { operation: { 'operation-type': 'refresh' } },
    ],
  });
});
