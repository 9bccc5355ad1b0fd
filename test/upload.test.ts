import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { photoColours } from '../lib/photo/photo-colours';
import { findPhotos, problemLines, readPixels, UploadError, type UploadOptions, type UploadReport } from '../lib/index';
import { photoDocument } from '../lib/opensearch/photo-document';
import { fakeClip } from './support/fake-clip';
import { jpeg, writePhotos } from './support/photo-files';
import { uploadScene } from './support/upload-scene';

const count = 12;
const nothing = { indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0, warnings: 0, skipped: 0, dropped: 0 };
type Outcomes = Partial<typeof nothing>;
type Documents = Map<string, Record<string, unknown>>;

function assertOutcomes({ warnings, skipped, dropped, seconds, ...counts }: UploadReport, expected: Outcomes): void {
  assert.ok(seconds > 0);
  const lengths = { warnings: warnings.length, skipped: skipped.length, dropped: dropped.length };
  assert.deepEqual({ ...counts, ...lengths }, { ...nothing, ...expected });
}

/** An index with the twelve photos of a folder in it. */
async function uploaded(t: TestContext) {
  const scene = await uploadScene(t, count);
  assertOutcomes(await scene.upload(), { indexed: count });
  assert.equal(scene.clip.encoded, count);
  scene.clip.encoded = 0;
  return scene;
}

test('a second upload encodes nothing and changes nothing, not even a version', async (t) => {
  const { client, clip, index, upload, whole } = await uploaded(t);
  const versions = async () => {
    const body = { size: 100, seq_no_primary_term: true, version: true, _source: false };
    const { hits } = (await client.search({ index, body })).body;
    return hits.hits.map(({ _id, _version, _seq_no }) => [_id, _version, _seq_no]).sort();
  };
  const [before, documents] = [await versions(), await whole()];
  assertOutcomes(await upload(), { unchanged: count });
  assert.equal(clip.encoded, 0);
  assert.deepEqual(await versions(), before);
  assert.deepEqual(await whole(), documents);
});

test('a document says what its photo is, and its vector is the encoder’s bit for bit', async (t) => {
  const { clip, photosDir, upload, whole } = await uploadScene(t, 0, fakeClip({ dimension: 512 }));
  await writePhotos(path.join(photosDir, 'a', 'b'), 1);
  const credit = { title: 'T', author: 'A', licence: 'CC0', source_url: 'U' };
  writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify({ 'a/b/000.jpg': { ...credit, source: 'S' } }));
  await upload();
  const { embedding, colours, sha256, bytes, ...rest } = (await whole()).get('a/b/000.jpg') as Record<string, unknown>;
  const pixels = await readPixels(await jpeg(0), clip.input);
  assert.deepEqual([Float32Array.from(embedding as number[])], await clip.embedPixels([pixels]));
  assert.match(String(sha256), /^[0-9a-f]{64}$/);
  assert.equal(bytes, (await jpeg(0)).length);
  assert.deepEqual(colours, photoColours(pixels, clip.input));
  assert.deepEqual(rest, {
    ...{ ...credit, image_url: 'photos/a/b/000.jpg', folder: 'a/b', width: 40, height: 30 },
    ...{ orientation: 'landscape', model: 'test/fake@r1, fp32, 512' },
  });

  writeFileSync(path.join(photosDir, 'credits.json'), '{ broken'); // no reason to lose the credits
  assertOutcomes(await upload(), { unchanged: 1 });
  renameSync(path.join(photosDir, 'a', 'b', '000.jpg'), path.join(photosDir, '000.jpg'));
  assertOutcomes(await upload(), { moved: 1 });
  const moved = { image_url: 'photos/000.jpg', folder: '' };
  assert.deepEqual((await whole()).get('000.jpg'), { ...rest, embedding, colours, sha256, bytes, ...moved });
});

interface Change {
  /** What happens to the files. */
  change: (file: (name: string) => string) => void | Promise<void>;
  options?: Partial<UploadOptions>;
  outcomes: Outcomes;
  encoded?: number;
  /** What the documents, ids and all, are to be, made of those before. */
  becomes: (documents: Documents) => void;
}

/** Gives a document another id, and what follows from it. */
function rename(documents: Documents, from: string, to: string, { image_url = `photos/${to}` } = {}): void {
  documents.set(to, { ...documents.get(from), image_url });
  documents.delete(from);
}

const changes: Record<string, Change> = {
  'a changed photo is replaced, and only it is encoded': {
    change: async (file) => writeFileSync(file('005.jpg'), await jpeg(99)),
    outcomes: { unchanged: count - 1, replaced: 1 },
    encoded: 1,
    becomes: (documents) => documents.delete('005.jpg'),
  },
  'a deleted photo stays until its removal is asked for': {
    change: (file) => rmSync(file('003.jpg')),
    outcomes: { unchanged: count - 1 },
    becomes: () => undefined,
  },
  '… and goes then': {
    change: (file) => rmSync(file('003.jpg')),
    options: { removeMissing: true },
    outcomes: { unchanged: count - 1, removed: 1 },
    becomes: (documents) => documents.delete('003.jpg'),
  },
  'a renamed photo is moved without encoding, its vector bit for bit': {
    change: (file) => renameSync(file('002.jpg'), file('zwei.jpg')),
    outcomes: { unchanged: count - 1, moved: 1 },
    becomes: (documents) => rename(documents, '002.jpg', 'zwei.jpg'),
  },
  'two photos that swap their names swap their vectors, without encoding': {
    change: (file) => {
      renameSync(file('000.jpg'), file('c.jpg'));
      renameSync(file('001.jpg'), file('000.jpg'));
      renameSync(file('c.jpg'), file('001.jpg'));
    },
    outcomes: { unchanged: count - 2, replaced: 2 },
    becomes: (documents) => {
      rename(documents, '000.jpg', 'c.jpg');
      rename(documents, '001.jpg', '000.jpg');
      rename(documents, 'c.jpg', '001.jpg');
    },
  },
  'of two identical files under two names both stay, and the copy is not encoded': {
    change: (file) => copyFileSync(file('004.jpg'), file('copy.jpg')),
    options: { removeMissing: true },
    outcomes: { unchanged: count, indexed: 1 },
    becomes: (documents) => documents.set('copy.jpg', { ...documents.get('004.jpg'), image_url: 'photos/copy.jpg' }),
  },
  'a changed credit reaches the index without encoding': {
    change: (file) => writeFileSync(file('credits.json'), JSON.stringify({ '007.jpg': { title: 'Seven' } })),
    outcomes: { unchanged: count - 1, replaced: 1 },
    becomes: (documents) => documents.set('007.jpg', { ...documents.get('007.jpg'), title: 'Seven' }),
  },
};

test('a document made from that of the same content has a name and a credit of its own, and all else', () => {
  const { identity } = fakeClip();
  const [id, imageUrl] = ['a/b.jpg', 'photos/a/b.jpg'];
  const photo = { id, name: id, path: `/${id}`, imageUrl, credit: { author: 'Ada' } };
  const facts = { width: 2, height: 1, orientation: 'landscape', colours: [], sha256: '0', bytes: 1 } as const;
  const of = { image_url: 'photos/c.jpg', folder: '', title: 'C', model: 'another' };
  const camera = 'a field of yours';
  const before = { ...facts, ...of, camera };
  const document = JSON.parse(JSON.stringify(photoDocument(photo, { ...before, colours: [] }, identity))) as object;
  const { model } = photoDocument(photo, { ...facts, colours: [] }, identity);
  assert.deepEqual(document, { ...facts, camera, image_url: imageUrl, folder: 'a', author: 'Ada', model });
});

for (const [what, { change, options, outcomes, encoded = 0, becomes }] of Object.entries(changes)) {
  test(what, async (t) => {
    const { clip, photosDir, upload, whole } = await uploaded(t);
    const expected = (await whole()) as Documents;
    await change((name) => path.join(photosDir, name));
    assertOutcomes(await upload(options), outcomes);
    assert.equal(clip.encoded, encoded);
    const documents = (await whole()) as Documents;
    if (encoded > 0) {
      assert.notDeepEqual(documents.get('005.jpg'), expected.get('005.jpg'));
      documents.delete('005.jpg');
    }
    becomes(expected);
    assert.deepEqual(new Map([...documents].sort()), new Map([...expected].sort()));
  });
}

test('removing what is missing spares photos that are only left out of the list, and documents of others', async (t) => {
  const { client, index, photosDir, upload, whole } = await uploaded(t);
  const { photos } = await findPhotos(photosDir);
  await client.index({ index, id: 'someone else', body: { image_url: 'photos/elsewhere.jpg' } });
  assertOutcomes(await upload({ photos: photos.slice(0, 3), removeMissing: true }), { unchanged: 3 });
  assert.equal((await whole()).size, count + 1);
});

test('removing what is missing spares photos of a folder that is empty, as where a disk is not mounted, and says so, but not what was moved; they go with their folder', async (t) => {
  const { photosDir, upload, whole } = await uploaded(t);
  const file = (name: string) => path.join(photosDir, name);
  mkdirSync(file('disk/trip'), { recursive: true });
  for (const name of ['000.jpg', '001.jpg', '002.jpg']) renameSync(file(name), file(`disk/trip/${name}`));
  assertOutcomes(await upload(), { unchanged: count - 3, moved: 3 });
  copyFileSync(file('003.jpg'), file('disk/trip/copy.jpg'));
  assertOutcomes(await upload(), { unchanged: count, indexed: 1 });
  renameSync(file('disk/trip/000.jpg'), file('000.jpg'));
  rmSync(file('disk/trip'), { recursive: true });
  const report = await upload({ removeMissing: true });
  assertOutcomes(report, { unchanged: count - 3, moved: 1, warnings: 3 });
  assert.match(
    problemLines(report.warnings).join('\n'),
    /^photos\/disk\/trip\/001.jpg, .*002.jpg, .*copy.jpg: stays in .*not mounted/,
  );
  assert.equal((await whole()).size, count + 1);
  rmSync(file('disk'), { recursive: true });
  assertOutcomes(await upload({ removeMissing: true }), { unchanged: count - 2, removed: 3 });
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

test('what such a rename left in a folder that is empty now is named until the folder is gone, since its disk may be away', async (t) => {
  const { client, index, photosDir, upload, whole } = await uploaded(t);
  mkdirSync(path.join(photosDir, 'disk'));
  const left = { ...((await whole()).get('002.jpg') as object), image_url: 'photos/disk/002.jpg', folder: 'disk' };
  await client.index({ index, id: 'disk/002.jpg', body: left });
  const report = await upload();
  assertOutcomes(report, { unchanged: count, warnings: 1 });
  assert.match(problemLines(report.warnings).join(), /^photos\/disk\/002\.jpg: stays in the index, since its folder/);
  rmSync(path.join(photosDir, 'disk'), { recursive: true });
  assertOutcomes(await upload(), { unchanged: count, removed: 1 });
});

test('of copies on disks that are not mounted and one that is gone, this one is taken for renamed', async (t) => {
  const { client, index, photosDir, upload, whole } = await uploaded(t);
  const stored = (await whole()).get('002.jpg') as object;
  for (const folder of ['0-disk', 'z-disk']) {
    mkdirSync(path.join(photosDir, folder));
    const id = `${folder}/002.jpg`;
    await client.index({ index, id, body: { ...stored, image_url: `photos/${id}`, folder } });
  }
  renameSync(path.join(photosDir, '002.jpg'), path.join(photosDir, 'zwei.jpg'));
  assertOutcomes(await upload(), { unchanged: count - 1, moved: 1, warnings: 2 });
  const ids = [...(await whole()).keys()].filter((id) => /002|zwei/.test(id));
  assert.deepEqual(ids.sort(), ['0-disk/002.jpg', 'z-disk/002.jpg', 'zwei.jpg']);
});

test('vectors of two models never mix: the upload refuses before it reads a photo', async (t) => {
  const { upload } = await uploaded(t);
  for (const other of [fakeClip({ revision: 'r2' }), fakeClip({ dimension: 768 })]) {
    await assert.rejects(upload({ clip: other }), {
      name: 'PhotoSearchError',
      message:
        /holds vectors of test\/fake@r1, fp32, 64 .* this model makes test\/fake@r[12], fp32, (64|768).*recreate/,
    });
    assert.equal(other.encoded, 0);
  }
});

test('an index that is deleted while photos go into it is noticed', async (t) => {
  const { client, clip, index, upload } = await uploadScene(t, 20);
  const embedPixels: typeof clip.embedPixels = async (batch) => {
    await client.indices.delete({ index, ignore_unavailable: true });
    return fakeClip().embedPixels(batch);
  };
  const message = /was deleted or recreated while photos were uploaded .* recreate/;
  await assert.rejects(upload({ clip: { ...clip, embedPixels } }), { message });
});

test('a renamed photo that the index loses is still there under its old name', async (t) => {
  const { client, clip, index, photosDir, upload, whole } = await uploaded(t);
  const but = [{ drop: { if: "ctx.image_url == 'photos/zwei.jpg'" } }];
  await client.ingest.putPipeline({ id: index, body: { processors: but } });
  t.after(async () => {
    await client.indices.delete({ index, ignore_unavailable: true });
    await client.ingest.deletePipeline({ id: index });
  });
  const use = (id: string | null) => client.indices.putSettings({ index, body: { 'index.final_pipeline': id } });
  await use(index);
  const before = await whole();
  renameSync(path.join(photosDir, '002.jpg'), path.join(photosDir, 'zwei.jpg'));
  await assert.rejects(upload(), { name: 'UploadError', message: /did not take 1 photo; 11 of 12 / });
  assert.deepEqual(await whole(), before);
  await use(null);
  assertOutcomes(await upload(), { unchanged: count - 1, moved: 1 });
  assert.equal(clip.encoded, 0);
});

test('an upload that is interrupted counts what it found unchanged by then', async (t) => {
  const { clip, photosDir, upload } = await uploaded(t);
  writeFileSync(path.join(photosDir, '000.jpg'), await jpeg(99));
  const stop = new AbortController();
  const embedPixels = () => {
    stop.abort();
    return Promise.reject(stop.signal.reason as Error);
  };
  const message = /^Interrupted: 11 of 12 photos are in index/;
  await assert.rejects(upload({ clip: { ...clip, embedPixels }, signal: stop.signal }), { message });
});

const key = (name: string) => name.normalize('NFD').toLowerCase();

/** The path under which a disk that ignores case and normal form would find `file`. */
async function found(file: string): Promise<string> {
  const { dir, base, root } = path.parse(file);
  if (base === '') return root;
  const folder = await found(dir);
  const names = await fs.readdir(folder).catch(() => []);
  return path.join(folder, names.find((name) => key(name) === key(base)) ?? base);
}

/**
 * Lets this process see its disk as one that finds a file whatever the case and the normal form of its name, and keeps
 * names as they were written: macOS, exFAT, SMB. (Checked against a file system of that kind, by FUSE.)
 */
function ignoreCase(t: TestContext): void {
  for (const name of ['lstat', 'stat', 'access', 'realpath', 'readFile', 'open'] as const) {
    const original = fs[name] as (file: string, ...rest: unknown[]) => Promise<unknown>;
    t.mock.method(fs, name, async (file: string, ...rest: unknown[]) =>
      original(await found(path.resolve(file)), ...rest),
    );
  }
}

const zurich = (form: string) => 'Zürich.jpg'.normalize(form);
const renames: [what: string, from: string, to: string, moved: number, ids: string[]][] = [
  ['a photo whose name changes in case only', 'beach.jpg', 'Beach.JPG', 1, ['000.jpg', '002.jpg', 'Beach.JPG']],
  ['… from composed to decomposed', zurich('NFC'), zurich('NFD'), 1, ['000.jpg', '002.jpg', zurich('NFD')]],
  ['a folder', 'holiday', 'Holiday', 3, [0, 1, 2].map((n) => `Holiday/2024/00${n}.jpg`)],
];
for (const [what, from, to, moved, expected] of renames) {
  test(`${what} is moved, not doubled, on a disk that ignores it`, async (t) => {
    ignoreCase(t);
    const { clip, photosDir, upload, whole } = await uploadScene(t, 0);
    await writePhotos(path.join(photosDir, moved === 3 ? 'holiday/2024' : ''), 3);
    if (moved === 1) renameSync(path.join(photosDir, '001.jpg'), path.join(photosDir, from));
    assert.equal((await upload()).indexed, 3);
    renameSync(path.join(photosDir, from), path.join(photosDir, to));
    assert.ok(await fs.lstat(path.join(photosDir, from)), 'the disk finds the old name');
    assert.equal((await upload()).moved, moved);
    const again = await upload();
    assert.deepEqual([again.unchanged, again.moved, again.removed], [3, 0, 0]);
    assert.deepEqual([...(await whole()).keys()].sort(), expected);
    assert.equal(clip.encoded, 3);
  });
}

const but002 = [{ drop: { if: "ctx.image_url != 'photos/002.jpg'" } }];
const pipelines: [does: string, setting: string, processors: object[], taken: number][] = [
  ['drops documents', 'default_pipeline', but002, 1],
  ['drops documents last', 'final_pipeline', but002, 1],
  ['changes a field', 'default_pipeline', [{ set: { field: 'title', value: 'changed' } }], 0],
  ['removes the vectors', 'default_pipeline', [{ remove: { field: 'embedding' } }], 0],
  ['gives all one address', 'default_pipeline', [{ set: { field: 'image_url', value: 'photos/one.jpg' } }], 0],
];
for (const [does, setting, processors, taken] of pipelines) {
  test(`an ingest pipeline that ${does} is named, and nothing that it met is counted as indexed; without it the next upload mends all`, async (t) => {
    const { client, index, upload, whole } = await uploadScene(t, 6);
    await client.ingest.putPipeline({ id: index, body: { processors } });
    t.after(async () => {
      await client.indices.delete({ index, ignore_unavailable: true });
      await client.ingest.deletePipeline({ id: index });
    });
    const use = (id: string | null) => client.indices.putSettings({ index, body: { [`index.${setting}`]: id } });
    await use(index);
    await assert.rejects(upload(), (error: unknown) => {
      assert.ok(error instanceof UploadError);
      const { message, report } = error;
      assert.ok(message.includes(`the index's ingest pipeline '${index}' (index.${setting}) drops or`), message);
      assert.ok(message.includes(`PUT ${index}/_settings { "index.${setting}": null }`), message);
      assert.deepEqual([report.indexed, report.dropped.length], [taken, 6 - taken]);
      return true;
    });
    if (taken === 1) assert.deepEqual([...(await whole()).keys()], ['002.jpg']);
    await use(null);
    assert.equal((await upload()).unchanged, taken);
    assert.equal((await whole()).size, 6);
    assert.equal((await upload()).unchanged, 6);
  });
}

test('photos that another program deletes while they are uploaded are reported', async (t) => {
  const { client, index, upload } = await uploadScene(t, 6);
  const refresh = client.indices.refresh.bind(client.indices);
  t.mock.method(client.indices, 'refresh', async () => {
    await client.delete({ index, id: '003.jpg' }).catch(() => undefined);
    return refresh({ index });
  });
  const message = /did not take 1 photo; 5 of 6 .*photos\/003\.jpg: .*did another program change or delete it/s;
  await assert.rejects(upload(), { message });
});
