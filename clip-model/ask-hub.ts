import { showNotice } from '../console/notice';
import { DownloadError, explainStatus } from '../download/error';
import { requestFollowing } from '../download/request-following';
import { retrying, type RetryOptions } from '../download/retry';
import type { HubModel } from './parse-model-name';

/** The hub and how to identify to it. */
export interface HubSettings {
  /** The hub's address, or that of a mirror, without a slash at the end. */
  hfEndpoint: string;
  hfToken?: string;
}

/** What the hub tells about a file without sending it. */
interface HubFile {
  /** The commit that the revision points to. */
  commit?: string;
  /** Bytes. */
  size?: number;
  /** Of large files only. */
  sha256?: string;
}

/** Address of a model's file: `{hub}/{id}/resolve/{revision}/{path}`. */
export function hubAddress(model: HubModel, file: string, { hfEndpoint }: HubSettings): string {
  return `${hfEndpoint}/${model.id}/resolve/${encodeURIComponent(model.revision)}/${file}`;
}

/** The token, for the hub only: `downloadFile` passes it to no other server. */
export function hubHeaders({ hfToken }: HubSettings): Record<string, string> {
  return hfToken === undefined ? {} : { authorization: `Bearer ${hfToken}` };
}

/** How long to wait for the hub, where something else would do. */
export type HubPatience = Pick<RetryOptions, 'patienceMs' | 'firstAnswerMs'>;

/**
 * Asks the hub about a file. The reader is told about waits.
 *
 * @param options.firstAnswerMs how long to wait for an answer, in ms; by default 30 s, as some hubs are slow
 * @throws DownloadError
 */
export async function askHub(
  model: HubModel,
  file: string,
  settings: HubSettings,
  options: RetryOptions = {},
): Promise<HubFile> {
  const url = hubAddress(model, file, settings);
  const { firstAnswerMs = 30_000, onNotice = showNotice } = options;
  const ask = async (): Promise<HubFile> => {
    const tooLate = AbortSignal.timeout(firstAnswerMs);
    const signal = options.signal ? AbortSignal.any([tooLate, options.signal]) : tooLate;
    const request = { method: 'HEAD', headers: hubHeaders(settings), signal } as const;
    const { response, hops } = await requestFollowing(url, request);
    if (response.status >= 400) throw explainStatus(url, response);
    // The facts come with the answer that redirects to the file's bytes, or with the last.
    const header = (name: string) => hops.map((hop) => hop.get(name) ?? '').find((value) => value !== '');
    // A redirect has a length of its own, that of its short text.
    const length = response.ok ? response.headers.get('content-length') : null;
    const size = header('x-linked-size') ?? length ?? undefined;
    return {
      commit: header('x-repo-commit'),
      size: size === undefined ? undefined : Number(size),
      sha256: /^"?([0-9a-f]{64})"?$/.exec(header('x-linked-etag') ?? '')?.[1],
    };
  };
  try {
    return await retrying(ask, { ...options, firstAnswerMs, onNotice });
  } catch (error) {
    throw withHubAdvice(error, model, settings);
  }
}

/** Adds to a failed download what helps with the hub in particular. What a firewall refuses is `unreachable`. */
export function withHubAdvice(error: unknown, { id }: HubModel, settings: HubSettings): unknown {
  if (!(error instanceof DownloadError)) return error;
  const hasToken = settings.hfToken !== undefined;
  const isOthers = error.problem === 'refused' && error.details.saysWhy !== true;
  const problem = isOthers ? 'unreachable' : error.problem;
  const advice: Partial<Record<DownloadError['problem'], string>> = {
    busy: hasToken
      ? 'The hub limits downloads per account.'
      : 'The hub limits downloads per IP address, and in Codespaces or a class many people share one: a free read token ' +
        'of the hub, as HF_TOKEN in .env, has its own limit.',
    refused: hasToken
      ? `HF_TOKEN is not accepted, or has no access to ${id}: check it in .env.`
      : `The hub answers like this if ${id} does not exist (check the spelling of CLIP_MODEL), or is private or asks for ` +
        'consent (then set HF_TOKEN in .env).',
    unreachable: `Is ${settings.hfEndpoint} the right address, and open to this network? HF_ENDPOINT can name a mirror.`,
  };
  const extra = advice[problem];
  if (extra === undefined) return error;
  const token = hasToken ? ` Or HF_TOKEN has no access to ${id} there.` : '';
  const firewall = isOthers
    ? ` Perhaps a firewall or proxy answered instead of the hub, which would say why.${token}`
    : '';
  return new DownloadError(problem, `${error.message}${firewall} ${extra}`, { cause: error });
}
