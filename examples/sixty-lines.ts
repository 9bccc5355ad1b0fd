// Photos → vectors → index → search → a page with the pictures, using only lib/ and npm packages:
//   npm run opensearch -- start; export SERVICE_URI="$(npm run -s opensearch -- url)"
//   npx tsx examples/sixty-lines.ts photos 'red flowers' > found.html
import path from 'node:path';
import {
  createPhotoIndex,
  findPhotos,
  loadClip,
  openClient,
  photoGrid,
  photoIndexBody,
  preprocessingVersion,
  problemLines,
  searchPhotos,
  uploadPhotos,
} from '../lib/index';

const index = process.env.INDEX_NAME ?? 'sixty-lines';
const serviceUri = process.env.SERVICE_URI ?? 'http://127.0.0.1:9200'; // https://user:password@host:port

// A CLIP in transformers.js's layout. The index records its identity; an upload of another model's vectors is refused.
const folder = path.resolve('models/pocket-clip');
const identity = {
  model: 'pocket-clip',
  revision: '1',
  dtype: 'q8',
  preprocessing: preprocessingVersion,
  dimension: 512,
};

async function main([photosArgument = 'photos', text = 'red flowers']: string[]) {
  const photosDir = path.resolve(photosArgument);
  const client = openClient(serviceUri);
  const clip = await loadClip({ folder, identity });

  await createPhotoIndex(client, { index, body: photoIndexBody(identity) }); // keeps an existing index
  const { photos, skipped } = await findPhotos(photosDir);
  const report = await uploadPhotos(client, { index, clip, photos }); // run again: only new photos
  console.error(`${report.indexed} new photos, ${report.unchanged} unchanged`);
  for (const line of problemLines([...skipped, ...report.skipped])) console.error(`skipped: ${line}`);

  const vector = await clip.embedText(text);
  const hits = await searchPhotos(client, { index, vector, k: 9 });
  for (const { cosine, image_url } of hits) console.error(cosine.toFixed(3), image_url);
  console.log(await photoGrid(hits, { photosDir, heading: text }));

  await clip.dispose();
  await client.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
