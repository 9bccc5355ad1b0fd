import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { PhotoSearchError } from '../lib/errors';
import { findPhotos } from '../lib/photos';
import { photoColours } from '../lib/photo-facts';
import { readPixels } from '../lib/pixels';
import type { UploadReport } from '../lib/upload';
import { fakeClip } from './support/fake-clip';
import { jpeg, writePhotos } from './support/photo-files';
import { uploadScene, type UploadScene } from './support/upload-scene';

const count = 12;

/** An index with the twelve photos of a folder in it. */
async function uploaded(t: TestContext): Promise<UploadScene> {
  const scene = await uploadScene(t, count);
  assert.deepEqual(outcomes(await scene.upload()), { ...nothing, indexed: count });
  assert.equal(scene.clip.encoded, count);
  scene.clip.encoded = 0;
  return scene;
}

const nothing = {
  indexed: 0,
  unchanged: 0,
  replaced: 0,
  moved: 0,
  removed: 0,
  warnings: 0,
  skipped: 0,
  dropped: 0,
};

function outcomes({ warnings, skipped, dropped, seconds, ...counts }: UploadReport): typeof nothing {
  assert.ok(seconds > 0);
  return {
    ...counts,
    ...{ warnings: warnings.length, skipped: skipped.length, dropped: dropped.length },
  };
}

test('a second upload encodes nothing and changes nothing, not even a version', async (t) => {
  const { client, clip, index, upload, whole } = await uploaded(t);
  const versions = async () => {
    const { body } = await client.search({
      index,
      body: { size: 100, seq_no_primary_term: true, version: true, _source: false },
    });
    return body.hits.hits.map(({ _id, _version, _seq_no }) => [_id, _version, _seq_no]).sort();
  };
  const [before, documents] = [await versions(), await whole()];
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count });
  assert.equal(clip.encoded, 0);
  assert.deepEqual(await versions(), before);
  assert.deepEqual(await whole(), documents);
});

test('a document says what its photo is, and its vector is the encoder’s bit for bit', async (t) => {
  const { clip, photosDir, upload, whole } = await uploadScene(t, 0, fakeClip({ dimension: 512 }));
  await writePhotos(path.join(photosDir, 'a', 'b'), 1);
  writeFileSync(
    path.join(photosDir, 'credits.json'),
    JSON.stringify({
      'a/b/000.jpg': { title: 'T', author: 'A', licence: 'CC0', source: 'S', source_url: 'U' },
    }),
  );
  const vectors: Float32Array[] = [];
  const embedPixels: typeof clip.embedPixels = async (batch) => {
    const made = await fakeClip({ dimension: 512 }).embedPixels(batch);
    vectors.push(...made);
    return made;
  };
  await upload({ clip: { ...clip, embedPixels } });
  const { embedding, colours, sha256, bytes, ...rest } = (await whole()).get('a/b/000.jpg') as Record<string, unknown>;
  assert.deepEqual(Float32Array.from(embedding as number[]), vectors[0]);
  assert.match(String(sha256), /^[0-9a-f]{64}$/);
  assert.equal(bytes, (await jpeg(0)).length);
  assert.deepEqual(colours, photoColours(await readPixels(await jpeg(0), clip.input), clip.input));
  assert.deepEqual(rest, {
    ...{
      image_url: 'photos/a/b/000.jpg',
      folder: 'a/b',
      title: 'T',
      author: 'A',
      licence: 'CC0',
      source_url: 'U',
    },
    ...{ width: 40, height: 30, orientation: 'landscape', model: 'test/fake@r1, fp32, 512' },
  });
});

test('a changed photo is replaced, and only it is encoded', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  const before = await whole();
  writeFileSync(path.join(photosDir, '005.jpg'), await jpeg(99));
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 1, replaced: 1 });
  assert.equal(clip.encoded, 1);
  const after = await whole();
  assert.notDeepEqual(after.get('005.jpg'), before.get('005.jpg'));
  for (const map of [before, after]) map.delete('005.jpg');
  assert.deepEqual(after, before);
});

test('a deleted photo stays until its removal is asked for', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  rmSync(path.join(photosDir, '003.jpg'));
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 1 });
  assert.equal((await whole()).size, count);
  const report = await upload({ removeMissing: true });
  assert.deepEqual(outcomes(report), { ...nothing, unchanged: count - 1, removed: 1 });
  const left = await whole();
  assert.equal(left.size, count - 1);
  assert.ok(!left.has('003.jpg'));
  assert.equal(clip.encoded, 0);
});

test('removing what is missing spares photos that are only left out of the list, and documents of others', async (t) => {
  const { client, index, photosDir, upload, whole } = await uploaded(t);
  const { photos } = await findPhotos(photosDir);
  await client.index({ index, id: 'someone else', body: { image_url: 'photos/elsewhere.jpg' } });
  const report = await upload({ photos: photos.slice(0, 3), removeMissing: true });
  assert.deepEqual(outcomes(report), { ...nothing, unchanged: 3 });
  assert.equal((await whole()).size, count + 1);
});

test('a renamed photo is moved without encoding, its vector bit for bit', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  const before = await whole();
  renameSync(path.join(photosDir, '002.jpg'), path.join(photosDir, 'zwei.jpg'));
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 1, moved: 1 });
  assert.equal(clip.encoded, 0);
  const after = await whole();
  assert.equal(after.size, count);
  const moved = { ...(before.get('002.jpg') as object), image_url: 'photos/zwei.jpg' };
  assert.deepEqual(after.get('zwei.jpg'), moved);
});

test('what a rename left behind, since the upload was killed in between, is tidied by the next', async (t) => {
  const { client, clip, index, photosDir, upload, whole } = await uploaded(t);
  renameSync(path.join(photosDir, '002.jpg'), path.join(photosDir, 'zwei.jpg'));
  const old = (await whole()).get('002.jpg') as object;
  await upload();
  const tidy = await whole();
  await client.index({ index, id: '002.jpg', body: old }); // as if the last request had not been sent
  await upload();
  assert.deepEqual(await whole(), tidy);
  assert.equal(clip.encoded, 0);
});

test('two photos that swap their names swap their vectors, without encoding', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  const before = await whole();
  const [a, b, c] = ['000.jpg', '001.jpg', 'c.jpg'].map((name) => path.join(photosDir, name)) as [
    string,
    string,
    string,
  ];
  renameSync(a, c);
  renameSync(b, a);
  renameSync(c, b);
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 2, replaced: 2 });
  assert.equal(clip.encoded, 0);
  const after = await whole();
  const vector = (map: Map<string, unknown>, id: string) => (map.get(id) as { embedding: number[] }).embedding;
  assert.deepEqual(vector(after, '000.jpg'), vector(before, '001.jpg'));
  assert.deepEqual(vector(after, '001.jpg'), vector(before, '000.jpg'));
});

test('two identical files under two names both stay, and the copy is not encoded', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  copyFileSync(path.join(photosDir, '004.jpg'), path.join(photosDir, 'copy.jpg'));
  assert.deepEqual(outcomes(await upload({ removeMissing: true })), {
    ...nothing,
    unchanged: count,
    indexed: 1,
  });
  assert.equal(clip.encoded, 0);
  assert.deepEqual(outcomes(await upload({ removeMissing: true })), {
    ...nothing,
    unchanged: count + 1,
  });
  assert.equal((await whole()).size, count + 1);
});

test('a changed credit reaches the index without encoding', async (t) => {
  const { clip, photosDir, upload, whole } = await uploaded(t);
  writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify({ '007.jpg': { title: 'Seven' } }));
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 1, replaced: 1 });
  rmSync(path.join(photosDir, 'credits.json'));
  assert.equal(((await whole()).get('007.jpg') as { title?: string }).title, 'Seven');
  assert.deepEqual(outcomes(await upload()), { ...nothing, unchanged: count - 1, replaced: 1 });
  assert.ok(!('title' in ((await whole()).get('007.jpg') as object)));
  assert.equal(clip.encoded, 0);
});

test('vectors of two models never mix: the upload refuses before it reads a photo', async (t) => {
  const { clip, upload } = await uploaded(t);
  for (const other of [fakeClip({ revision: 'r2' }), fakeClip({ dimension: 768 })]) {
    await assert.rejects(upload({ clip: other }), (error) => {
      assert.ok(error instanceof PhotoSearchError);
      assert.match(
        error.message,
        /holds vectors of test\/fake@r1, fp32, 64 .* this model makes test\/fake@r[12], fp32, (64|768)/,
      );
      assert.match(error.message, /recreate/);
      return true;
    });
    assert.equal(other.encoded, 0);
  }
  assert.equal(clip.encoded, 0);
});

test('an index that is deleted while photos go into it is noticed', async (t) => {
  const { client, clip, index, upload } = await uploadScene(t, 20);
  const embedPixels: typeof clip.embedPixels = async (batch) => {
    await client.indices.delete({ index, ignore_unavailable: true });
    return fakeClip().embedPixels(batch);
  };
  await assert.rejects(
    upload({ clip: { ...clip, embedPixels } }),
    /was deleted or made again while photos were uploaded .* recreate/,
  );
});
