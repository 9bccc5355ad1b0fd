import { createHash } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { describeModel, type ModelIdentity, sameModel } from '../../lib/model/model-identity';
import { indexModel } from '../../lib/opensearch/index-model';
import { readIndexInfo } from '../../lib/opensearch/index-info';
import { createPhotoIndex, photoIndexBody } from '../../lib/photo-index';
import type { IndexSize } from '../../lib/opensearch/plan-index';
import type { Photo } from '../../lib/photos';
import { searchPhotos } from '../../lib/search';
import { readStoredPhotos } from '../../lib/opensearch/stored-photos';
import { problemLines } from '../../lib/opensearch/problem-lines';
import { type UploadOptions, type UploadReport, uploadPhotos } from '../../lib/upload';
import { vectorOf } from '../indexed-photos';

interface SwitchModelOptions extends Omit<UploadOptions, 'index' | 'photos'> {
  photos: readonly Photo[];
  /** The name that searches use: an index, or an alias of one. Afterwards it is an alias. */
  index: string;
  /**
   * Keeps the old index, under a name with its model's digest; a later switch goes back to it in seconds. False also
   * deletes what was kept when `index` has this model already. @default true
   */
  keepOld?: boolean;
  /** What the cluster has for an index, see `readCluster`. */
  cluster?: Omit<IndexSize, 'photos'>;
  /** Switches even if photos of the old index, whose files are gone, have no vector of the new model. @default false */
  allowMissing?: boolean;
}

interface SwitchedModel {
  /** The index that the name stands for now. */
  now: string;
  /** Those of other models that are kept. */
  kept: string[];
  report?: UploadReport;
}

/**
 * Moves what `index` stands for to another model, `clip`, while searches go on: makes an index for it beside the old one,
 * fills it with the same photos, compares both, and switches the name in one step. Stopped or killed at any point, the
 * old index answers, and the same call continues where it stopped.
 *
 * @throws PhotoSearchError if none of the old index's photos is given, if the new one lacks some, or if its searches do
 * not find them: nothing is switched then
 */
export async function switchModel(
  client: Client,
  { index, keepOld = true, allowMissing = false, cluster, ...upload }: SwitchModelOptions,
): Promise<SwitchedModel> {
  const { identity } = upload.clip;
  const held = await indexModel(client, index);
  const info = await readIndexInfo(client, index);
  const [old = index] = info?.names ?? [];
  if (sameModel(held, identity)) {
    const kept = await keptIndexes(client, index, old);
    // A switch that was killed while it copied has left the index blocked.
    if (old === index && kept.length > 0) await blockWrites(client, index, null);
    if (keepOld || kept.length === 0) return { now: old, kept };
    await client.indices.delete({ index: kept });
    return { now: old, kept: [] };
  }
  const wanted = await readStoredPhotos(client, old, held);
  if (wanted.size > 0 && !upload.photos.some(({ id }) => wanted.has(id))) {
    const given = upload.photos[0]
      ? `the ${upload.photos.length} given, such as ${upload.photos[0].path}`
      : 'those given';
    throw new PhotoSearchError(
      `Nothing is switched: none of the ${wanted.size} photos in '${old}' is among ${given}. ` +
        'Set PHOTOS_DIR to the folder that they were uploaded from.',
    );
  }

  const next = indexOfModel(index, identity);
  const body = photoIndexBody(identity, { ...cluster, photos: upload.photos.length });
  await createPhotoIndex(client, { index: next, body });
  const report = await uploadPhotos(client, { ...upload, index: next });
  const [before, after] = await Promise.all([
    readStoredPhotos(client, old, held),
    readStoredPhotos(client, next, identity),
  ]);
  // An index that was kept still has the photos that were removed from the other since. What only lacks its file stays;
  // all stay if the other was made without some of them, as nothing tells these from those that were removed.
  const present = new Set(upload.photos.map(({ id }) => id));
  const isWhole = !(await lacksPhotos(client, old));
  const deleted = [...after.keys()].filter((id) => isWhole && !before.has(id) && !present.has(id));
  if (deleted.length > 0) {
    await client.deleteByQuery({ index: next, body: { query: { ids: { values: deleted } } }, refresh: true });
    report.removed += deleted.length;
  }
  const missing = [...before].filter(([id]) => after.get(id)?.hasVector !== true);
  if (missing.length > 0 && !allowMissing) {
    const names = missing.slice(0, 3).map(([, { name }]) => name);
    throw new PhotoSearchError(
      `Nothing is switched: ${missing.length} of the ${before.size} photos in '${old}' are not in '${next}' ` +
        `(${names.join(', ')}${missing.length > 3 ? ' …' : ''}). Put their files back, or switch without them (--allow-missing).` +
        problemLines(report.skipped)
          .map((line) => `\n  ${line}`)
          .join(''),
    );
  }
  await assertFound(client, next, identity);
  await noteMissing(client, next, missing.length > 0);

  // A name can't be an index and an alias: an index of this name gets another one, as a copy that shares its files.
  const copies = keepOld && old === index;
  const kept = copies ? indexOfModel(index, held) : old;
  const leave = keepOld && !copies ? { remove: { index: old, alias: index } } : { remove_index: { index: old } };
  // Another run that has switched meanwhile, or copies now, keeps an index that this one would delete.
  const now = await readIndexInfo(client, index);
  const [stillOld = 'nothing'] = now?.names ?? [];
  const isCopying = now?.settings[writeBlock] === 'true' && info?.settings[writeBlock] !== 'true';
  if (stillOld !== old || isCopying) {
    const what = isCopying
      ? `another run is about to switch '${index}'`
      : `another run has switched '${index}' to '${stillOld}' meanwhile`;
    throw new PhotoSearchError(`Nothing is switched: ${what}. If that is not what you want, run this again.`);
  }
  try {
    if (copies) await copyIndex(client, index, kept);
    await client.indices.updateAliases({ body: { actions: [leave, { add: { index: next, alias: index } }] } });
  } catch (error) {
    if (copies) await blockWrites(client, index, null);
    throw error;
  }
  return { now: next, kept: await keptIndexes(client, index, next), report };
}

interface SwitchedMeta {
  /** Whether it was made without photos of the index before it, as their files were gone. */
  lacks_photos?: boolean;
}

async function lacksPhotos(client: Client, index: string): Promise<boolean> {
  const { body } = await client.indices.getMapping({ index });
  return (body[index]?.mappings._meta as SwitchedMeta | undefined)?.lacks_photos === true;
}

async function noteMissing(client: Client, index: string, lacks_photos: boolean): Promise<void> {
  const { body } = await client.indices.getMapping({ index });
  const meta: SwitchedMeta = { ...body[index]?.mappings._meta, lacks_photos };
  await client.indices.putMapping({ index, body: { _meta: { ...meta } } });
}

/** The name of the index that stands behind `index` while it holds this model's vectors. */
export function indexOfModel(index: string, identity: ModelIdentity): string {
  const { model, revision, dtype, preprocessing, dimension } = identity;
  const all = JSON.stringify([model, revision, dtype, preprocessing, dimension]);
  return `${index}-model-${createHash('sha256').update(all).digest('hex').slice(0, 8)}`;
}

/** The indexes of other models behind `index`. Others may have such a name, such as a folder's index. */
async function keptIndexes(client: Client, index: string, now: string): Promise<string[]> {
  const { body } = await client.indices.get({ index: `${index}-model-*` });
  const kept: string[] = [];
  for (const name of Object.keys(body).filter((name) => name !== now)) {
    const identity = await indexModel(client, name).catch(() => undefined);
    if (identity && indexOfModel(index, identity) === name) kept.push(name);
  }
  return kept;
}

const samples = 20;

/** Whether a search for a photo's own vector finds a photo with that vector. */
async function assertFound(client: Client, index: string, identity: ModelIdentity): Promise<void> {
  const { body } = await client.search({
    index,
    body: { size: samples, query: { function_score: { functions: [{ random_score: {} }] } } },
  });
  for (const { _id, _source } of body.hits.hits) {
    const vector = vectorOf(_source);
    const [nearest] = vector ? await searchPhotos(client, { index, vector, k: 1 }) : [];
    // Of photos with the same vector any will do.
    if (!nearest || nearest.cosine < 1 - 1e-4) {
      throw new PhotoSearchError(
        `Nothing is switched: a search in '${index}' (${describeModel(identity)}) for the vector of ${_id ?? '?'} does not find it.`,
      );
    }
  }
}

/** Copies an index within the server, which blocks its writes; a copy that was begun before is made again. */
async function copyIndex(client: Client, from: string, to: string): Promise<void> {
  await client.indices.delete({ index: to, ignore_unavailable: true });
  await blockWrites(client, from, true);
  const settings = { [writeBlock]: null };
  const { body } = await client.indices.clone({ index: from, target: to, body: { settings } });
  if (!body.shards_acknowledged) {
    throw new PhotoSearchError(`Nothing is switched: the copy of '${from}' is not ready yet. Run it again.`);
  }
}

const writeBlock = 'index.blocks.write';

/** @param value null allows them again */
function blockWrites(client: Client, index: string, value: true | null) {
  return client.indices.putSettings({ index, body: { [writeBlock]: value } });
}
