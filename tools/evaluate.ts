// npm run evaluate: how well texts find photos, for models, their number formats, and the words around a text.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadClip } from '../lib/clip';
import { PhotoSearchError } from '../lib/errors';
import { evaluateQueries, type Evaluation } from '../further/evaluation/evaluate-queries';
import { evaluationTable } from '../further/evaluation/evaluation-table';
import { embedJudgedPhotos, exactRanking } from '../further/evaluation/exact-ranking';
import { judgedPhotosFile, readJudgedSet, type JudgedSet, queryGroups } from '../further/evaluation/judged-set';
import { ownFolder } from '../further/own-photos/own-folder';
import { chooseModel, type ChosenModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { usualDtypes } from '../clip-model/model-paths';
import { parseModelName } from '../clip-model/parse-model-name';
import { findPhotos } from '../lib/photos';
import { readSettings, repositoryRoot, type Settings } from '../workshop/settings';
import { calibrate } from './evaluate/calibrate';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npm run evaluate -- [--model ID] [--dtype q8] [--template "a photo of {}"] [--calibrate]

  --model ID       a CLIP: id on the hub, or folder (CLIP_MODEL)
  --dtype D        fp32, fp16 or q8 (default: CLIP_DTYPE; else all that a folder has, or fp32 from the hub)
  --template T     the words around each query; {} stands for the query ({}, "a photo of {}", "a picture with {} in it")
  --judged FILE    judged photos and queries (evaluation/judged-photos.json)
  --photos DIR     the folder of these photos (photos/)
  --calibrate      also calibrates the verdicts (strong, weak, nothing) for these weights
  --help

Each of --model, --dtype and --template can be given several times. Weights that are missing are downloaded.`;

const legend = `Means over the queries; in brackets, how far they may be off (95 % intervals). Larger is better, 1 is the maximum.
  recall@k     the share of all photos that fit which is among the first k hits
  precision@10 the share of the first ten hits that fits
  nDCG@10      how high those that fit are ranked among the first ten, compared with the best order
  MRR          1 divided by the rank of the first photo that fits
"By chance" is a random order; "best possible" has all that fit first: if twenty fit, k = 10 finds only half.`;

/** @throws Error saying what is wrong with it */
function readCommandLine() {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', multiple: true },
      dtype: { type: 'string', multiple: true },
      template: { type: 'string', multiple: true },
      judged: { type: 'string', default: judgedPhotosFile },
      photos: { type: 'string', default: path.join(repositoryRoot, 'photos') },
      calibrate: { type: 'boolean', default: false },
    },
  });
  const template = values.template ?? ['{}', 'a photo of {}', 'a picture with {} in it'];
  for (const one of template) {
    if (!one.includes('{}')) throw new Error(`--template "${one}" has no {} for the query.`);
  }
  return { ...values, model: values.model ?? [undefined], template };
}

/**
 * The weights to try of one model.
 *
 * @throws PhotoSearchError if there are none
 */
async function chosenModels(settings: Settings, dtypes?: string[]): Promise<ChosenModel[]> {
  const choose = (clipDtype?: string) => chooseModel({ ...settings, clipDtype }, { allowBuiltIn: true });
  // The built-in model is the same for each.
  const different = (all: ChosenModel[]) => [...new Map(all.map((one) => [one.identity.dtype, one])).values()];
  if (dtypes) return different(await Promise.all(dtypes.map(choose)));
  const { clipModel, clipDtype } = settings;
  if (clipDtype !== undefined || clipModel === undefined || !('folder' in parseModelName(clipModel))) {
    return [await choose(clipDtype)];
  }
  const best = await choose();
  const found = [best];
  for (const dtype of usualDtypes) {
    const other = dtype === best.identity.dtype ? undefined : await choose(dtype).catch(ifMissing);
    if (other) found.push(other);
  }
  return different(found);
}

function ifMissing(error: unknown): undefined {
  if (!(error instanceof PhotoSearchError)) throw error;
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const settings = readSettings();
  const { photos } = await findPhotos(await ownFolder(commandLine.photos));
  const judged = await readJudgedSet(commandLine.judged);

  for (const model of commandLine.model) {
    const clipModel = model ?? settings.clipModel;
    const tables: Record<string, { judged: JudgedSet; evaluations: Record<string, Evaluation> }> = {};
    for (const { identity, notice } of await chosenModels({ ...settings, clipModel }, commandLine.dtype)) {
      if (notice !== undefined) console.error(notice);
      const clip = await loadClip(await fetchModel(identity, settings));
      const vectors = await embedJudgedPhotos(clip, photos, judged.photos);
      for (const template of commandLine.template) {
        const name = `${identity.model} ${identity.dtype} "${template}"`;
        for (const [group, part] of Object.entries(queryGroups(judged))) {
          const table = (tables[group] ??= { judged: part, evaluations: {} });
          const rank = exactRanking(clip, vectors);
          table.evaluations[name] = await evaluateQueries(part, rank, template);
        }
      }
      if (commandLine.calibrate) console.log(await calibrate(clip, judged, vectors));
      await clip.dispose();
    }
    for (const [group, { judged, evaluations }] of Object.entries(tables)) {
      const asked = judged.queries.filter(({ relevant }) => relevant.size > 0).length;
      console.log(`\n${group} (${asked}):\n${await evaluationTable(evaluations, judged)}`);
    }
    console.log(`\n${legend}`);
  }
}

runScript(main);
