import { DownloadError, hasProblem } from '../download/error';
import { textDimension } from './text-dimension';
import { type ModelConfig, readModelConfig, towerDtypes } from '../lib/model/model-config';
import { configPaths, modelPaths } from './model-paths';
import { defaultModel } from './default-model';
import { builtInFolder, builtInModel, builtInName, builtInNotice } from './built-in-model';
import { cacheFolder, ensureFiles, missingFiles, type ModelSettings } from './ensure-files';
import { canonicalDtype, folderIdentity } from './folder-identity';
import { askHub, type HubPatience } from './ask-hub';
import { parseModelName, type HubModel } from './parse-model-name';
import { settleRevision } from './settle-revision';
import { requireTowers } from './require-towers';
import { type ModelIdentity, preprocessingVersion } from '../lib/model/model-identity';

/** The model that an index is to be made for. */
export interface ChosenModel {
  identity: ModelIdentity;
  /** For the reader: that the built-in model stands in, why, and how to get the real one. */
  notice?: string;
}

export interface ChooseModelOptions {
  /**
   * Where no model is named and the hub does not deliver the default one: take the one in this repository, which
   * understands less. A workshop can go on with it; a product should notice. Default false.
   */
  allowBuiltIn?: boolean;
}

interface SourceSettings extends ModelSettings {
  /** A hub id, with or without a revision, or a folder; absent: the default model. */
  clipModel?: string;
  /** Number format of the weights, see `towerDtypes`. */
  clipDtype?: string;
}

// Someone who named no model is better served by the built-in model now than by the real one in ten minutes.
const impatient = { patienceMs: 60_000, firstAnswerMs: 4_000 };

/**
 * Settles which model to use: the one that CLIP_MODEL names, else the default from the hub, else, if the hub does not
 * deliver it and `allowBuiltIn` is set, the one in this repository. Fetches only what tells the vectors' length: the
 * configuration or, where that does not, the text tower; the other weights follow with `fetchModel`. With the model in
 * the cache, or in a folder, it makes no request.
 *
 * @throws PhotoSearchError if the model is unavailable or not a CLIP with two towers, saying what to do
 */
export async function chooseModel(
  settings: SourceSettings,
  { allowBuiltIn = false }: ChooseModelOptions = {},
): Promise<ChosenModel> {
  const { clipModel, clipDtype } = settings;
  if (clipModel !== undefined) {
    const source = parseModelName(clipModel);
    if (!('folder' in source)) return { identity: await hubIdentity(source, settings).catch(nameBuiltIn) };
    // CLIP_DTYPE is about a real model: the built-in one has its weights in one format only.
    return { identity: await folderIdentity(source.folder, clipModel === builtInName ? undefined : clipDtype) };
  }
  const options = allowBuiltIn ? impatient : {};
  try {
    return { identity: await hubIdentity(defaultModel, settings, options) };
  } catch (error) {
    if (!isUndelivered(error, settings)) throw error;
    if (!allowBuiltIn) throw unavailable(error);
    const notice = `${defaultModel.id} is unavailable: ${reason(error)} ${builtInNotice}`;
    return { identity: await folderIdentity(builtInFolder), notice };
  }
}

const builtInAdvice = `CLIP_MODEL=${builtInName} needs no hub: it is the model in ${builtInModel}, which understands less.`;

function unavailable(error: DownloadError): DownloadError {
  return new DownloadError(
    error.problem,
    `${defaultModel.id} is unavailable: ${error.message} ${builtInAdvice} ` +
      '(In code: chooseModel(settings, { allowBuiltIn: true }).)',
    { cause: error },
  );
}

/** Where the hub does not answer, the reader is told which model needs none. */
function nameBuiltIn(error: unknown): never {
  if (!hasProblem(error, 'unreachable') && !hasProblem(error, 'busy')) throw error;
  throw new DownloadError(error.problem, `${error.message} ${builtInAdvice}`, { cause: error });
}

/**
 * Whether the hub or the way to it is to blame, rather than a setting that only its owner can correct: a refused
 * token or a full disk. Without a token there is nothing to refuse, as the default model is public.
 */
function isUndelivered(error: unknown, { hfToken }: SourceSettings): error is DownloadError {
  if (!(error instanceof DownloadError)) return false;
  const { problem } = error;
  if (problem === 'refused') return hfToken === undefined;
  return problem !== 'disk' && problem !== 'missing';
}

/** Without the advice to try again, which is not the reader's concern when the built-in model stands in. */
function reason(error: DownloadError): string {
  const { cause } = error;
  return error.problem === 'unreachable' && cause instanceof DownloadError ? reason(cause) : error.message;
}

async function hubIdentity(
  named: HubModel,
  settings: SourceSettings,
  options: HubPatience = {},
): Promise<ModelIdentity> {
  const dtype = canonicalDtype(settings.clipDtype ?? 'fp32');
  let model: HubModel;
  try {
    model = await settleRevision(named, settings, options);
    await fetchConfig(model, settings, options);
  } catch (error) {
    throw hasProblem(error, 'missing') ? notOnHub(named, settings, error) : error;
  }
  const config = await readModelConfig(cacheFolder(model, settings));
  await requireTowers(model, config, dtype, settings, options);
  return {
    model: model.id,
    revision: model.revision,
    dtype,
    preprocessing: preprocessingVersion,
    dimension: config.dimension ?? (await fetchedDimension(model, config, dtype, settings, options)),
  };
}

/** Where the configuration does not tell the vectors' length, the text tower does: it is fetched now. */
async function fetchedDimension(
  model: HubModel,
  config: ModelConfig,
  dtype: string,
  settings: SourceSettings,
  options: HubPatience,
): Promise<number> {
  const { text } = towerDtypes(dtype);
  const paths = modelPaths(config, dtype).filter(({ path }) => !path.startsWith('onnx/vision'));
  await ensureFiles(model, paths, settings, options);
  return textDimension(cacheFolder(model, settings), text);
}

/** A question comes first, as it notices an unreachable hub sooner than a download would. */
async function fetchConfig(model: HubModel, settings: SourceSettings, options: HubPatience): Promise<void> {
  if ((await missingFiles(model, configPaths, settings)).length === 0) return;
  await askHub(model, 'config.json', settings, options);
  await ensureFiles(model, configPaths, settings, options);
}

function notOnHub({ id, revision }: HubModel, settings: SourceSettings, error: DownloadError): DownloadError {
  const check = settings.clipModel === undefined ? 'HF_ENDPOINT' : 'the spelling of CLIP_MODEL';
  const message =
    `${id} at revision ${revision} is neither on ${settings.hfEndpoint} nor a folder here: ` +
    `${error.message} Check ${check}.`;
  return new DownloadError('missing', message, { cause: error });
}
