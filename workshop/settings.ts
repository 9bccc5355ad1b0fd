import { existsSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { adviseOnErrors, PhotoSearchError } from '../lib/errors';
import { heapFor } from '../local-opensearch/heap';
import { fromHome } from '../clip-model/from-home';
import { advice } from './advice';
import { readEnvFile } from './settings/env-file';
import { parseServiceUri, withoutCredentials } from './settings/service-uri';
import {
  assertCertificate,
  assertDtype,
  assertFolder,
  assertWebAddress,
  assertIndexName,
  megapixels,
  yesOrNo,
} from './settings/setting-checks';

/** The folder of the repository; relative paths in settings start from it. */
export const repositoryRoot = path.resolve(__dirname, '..');

/** What `.env` and the environment say, checked. `.env.example` explains each. */
export interface Settings {
  /** SERVICE_URI; absent: the workshop's own OpenSearch. It holds the password, and prints without it. */
  serviceUri?: string;
  /** OPENSEARCH_HEAP_MB: of the workshop's own OpenSearch, in MiB, see `heapFor`. */
  openSearchHeapMb?: number;
  /** CA_CERT: path of the PEM file with the cluster's own certificate authority. */
  caCert?: string;
  /** INSECURE_TLS=yes: the cluster's certificate is not checked. */
  insecureTls: boolean;
  /** INDEX_NAME; `photos` by default. */
  indexName: string;
  /** PHOTOS_DIR, absolute; the repository's `photos` by default. */
  photosDir: string;
  /** MAX_MEGAPIXELS, in pixels, see `openPhoto`. */
  limitPixels?: number;
  /** CLIP_MODEL: `built-in`, id on the hub, or folder. */
  clipModel?: string;
  /** CLIP_DTYPE: `fp32`, `fp16`, `q8`, or one for each tower: `text=fp32,vision=q8`. */
  clipDtype?: string;
  /** MODEL_CACHE, absolute; the repository's `.models` by default. */
  modelCache: string;
  /** HF_ENDPOINT without a slash at the end: the hub, or a mirror of it. */
  hfEndpoint: string;
  /** HF_TOKEN: raises the hub's limits; not printed. */
  hfToken?: string;
}

/** The names of all settings, as `.env` and the environment have them. */
export const settingNames = [
  'SERVICE_URI',
  'OPENSEARCH_HEAP_MB',
  'CA_CERT',
  'INSECURE_TLS',
  'INDEX_NAME',
  'PHOTOS_DIR',
  'MAX_MEGAPIXELS',
  'CLIP_MODEL',
  'CLIP_DTYPE',
  'MODEL_CACHE',
  'HF_ENDPOINT',
  'HF_TOKEN',
] as const;

/**
 * Reads the settings from the environment and from `.env`, where the environment has none. `.env` is read again at each
 * call, and nothing is written to the environment: correct the file and run the cell again.
 *
 * @throws PhotoSearchError naming the first setting that can't be used, and why
 */
export function readSettings(
  env: NodeJS.ProcessEnv = process.env,
  envFile: string = path.join(repositoryRoot, '.env'),
): Settings {
  adviseOnErrors((code) => advice[code]);
  const fromFile = readEnvFile(envFile);
  try {
    return checkedSettings(env, fromFile);
  } catch (error) {
    throw withOrigin(error, env, fromFile);
  }
}

/** Someone who corrects `.env` wonders why the old value stays: the environment's hides it. */
function withOrigin(error: unknown, env: NodeJS.ProcessEnv, fromFile: NodeJS.ProcessEnv): unknown {
  if (!(error instanceof PhotoSearchError)) return error;
  const [name] = settingNames.filter((name) => error.message.startsWith(name));
  if (name === undefined || env[name] === undefined || fromFile[name] === undefined) return error;
  const origin = `This ${name} comes from the environment, which takes precedence over .env.`;
  return new PhotoSearchError(`${error.message} ${origin}`, { cause: error });
}

function checkedSettings(env: NodeJS.ProcessEnv, fromFile: NodeJS.ProcessEnv): Settings {
  const read = (name: (typeof settingNames)[number]): string | undefined =>
    (env[name] ?? fromFile[name])?.trim() || undefined;

  const serviceUri = checked(read('SERVICE_URI'), parseServiceUri);
  const hfToken = read('HF_TOKEN');
  const heapMb = read('OPENSEARCH_HEAP_MB');
  const settings: Settings = {
    // Getters, since console.dir shows the value of anything else.
    get serviceUri() {
      return serviceUri;
    },
    openSearchHeapMb: heapMb === undefined ? undefined : heapFor(heapMb),
    caCert: checked(absolutePath(read('CA_CERT')), assertCertificate),
    insecureTls: yesOrNo('INSECURE_TLS', read('INSECURE_TLS')),
    indexName: checked(read('INDEX_NAME'), assertIndexName) ?? 'photos',
    photosDir:
      checked(absolutePath(read('PHOTOS_DIR')), (folder) => {
        assertFolder('PHOTOS_DIR', folder);
      }) ?? path.join(repositoryRoot, 'photos'),
    limitPixels: megapixels(read('MAX_MEGAPIXELS')),
    clipModel: read('CLIP_MODEL'),
    clipDtype: checked(read('CLIP_DTYPE'), assertDtype),
    modelCache:
      checked(absolutePath(read('MODEL_CACHE')), (folder) => {
        // The cache is made when it is first needed.
        if (existsSync(folder)) assertFolder('MODEL_CACHE', folder);
      }) ?? path.join(repositoryRoot, '.models'),
    hfEndpoint:
      checked(read('HF_ENDPOINT')?.replace(/\/+$/, ''), (url) => {
        assertWebAddress('HF_ENDPOINT', url, defaultHub);
      }) ?? defaultHub,
    get hfToken() {
      return hfToken;
    },
  };
  // Copies made with `{ ...settings }` keep these two, and so print without secrets too.
  return Object.assign(settings, { [inspect.custom]: withoutSecrets, toJSON: withoutSecrets });
}

const defaultHub = 'https://huggingface.co';

function withoutSecrets(this: Settings): Record<string, unknown> {
  const shown: Record<string, unknown> = Object.fromEntries(
    Object.entries(this).filter(([, value]) => typeof value !== 'function'),
  );
  if (this.serviceUri !== undefined) shown.serviceUri = withoutCredentials(this.serviceUri);
  if (this.hfToken !== undefined) shown.hfToken = '(hidden)';
  return shown;
}

function checked<T extends string | undefined>(value: T, check: (value: string) => unknown): T {
  if (value !== undefined) check(value);
  return value;
}

function absolutePath(value: string | undefined): string | undefined {
  return value === undefined ? undefined : path.resolve(repositoryRoot, fromHome(value));
}
