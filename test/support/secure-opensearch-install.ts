import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import artifactUrl from 'mvn-artifact-url';
import { downloadFile } from '../../download/download-file';
import { withFileLock } from '../../download/file-lock';
import { repositoryRoot } from '../../workshop/settings';
import { unpack } from '../../local-opensearch/install-server';

/** The newest OpenSearch whose security plugin is a Maven artefact; Aiven has the same minor version. */
const secureVersion = '2.19.1';

export const secureFolder = path.join(repositoryRoot, '.opensearch', 'test-secure');

/** Of each file, by its coordinates in Maven's repository, the SHA-256. */
const pinned: Record<string, string> = {
  [`org.opensearch.distribution.integ-test-zip:opensearch:${secureVersion}:zip`]:
    'af7152d8b7f6f1cee09d47276b32b70479fe6dd8cdbb61213f84eb7f8098b261',
  'org.opensearch.plugin:opensearch-knn:2.19.1.0:zip':
    'eab8c9818865bc035212eab5068cdacae164baa09d4c152f49b736d6f6b0e85c',
  'org.opensearch.plugin:opensearch-security:2.19.1.0:zip':
    '94a04f12ac6033902209fac1e4e512618d45beee604bbf0e42c3ed79c55220cf',
  // The module lang-painless, which the k-NN plugin needs and which the server's archive lacks.
  [`org.opensearch.plugin:lang-painless:${secureVersion}:jar`]:
    '3cf5e02efa40ff5b88e74e1ab66a0bc462de3509fab4a6a4ffe90b8d13777a9a',
  [`org.opensearch.plugin:opensearch-scripting-painless-spi:${secureVersion}:jar`]:
    'c2598797a5f6f897ce7e8d05f593ff96de3fbc56c52f299d63cddcae41556dda',
  'org.antlr:antlr4-runtime:4.13.1:jar': '54665d2838cc66458343468efc539e454fc95b46a8a04b13c6ac43fc9be63505',
  'org.ow2.asm:asm:9.7:jar': 'adf46d5e34940bdf148ecdd26a9ee8eea94496a72034ff7141066b3eea5c4e9d',
  'org.ow2.asm:asm-analysis:9.7:jar': '7bc6bcbc21379948a0c8c467fb0f864206e5b818f6bc0b546872f5c9f941556f',
  'org.ow2.asm:asm-commons:9.7:jar': '389bc247958e049fc9a0408d398c92c6d370c18035120395d4cba1d9d9304b7a',
  'org.ow2.asm:asm-tree:9.7:jar': '62f4b3bc436045c1acb5c3ba2d8ec556ec3369093d7f5d06c747eb04b56d52b1',
  'org.ow2.asm:asm-util:9.7:jar': '37a6414d36641973f1af104937c95d6d921b2ddb4d612c66c5a9f2b13fc14211',
};

/** Fetches and unpacks the server with its plugins, once. @returns its home folder */
export async function installSecureOpenSearch(): Promise<string> {
  const home = path.join(secureFolder, `opensearch-${secureVersion}`);
  if (existsSync(home)) return home;
  mkdirSync(secureFolder, { recursive: true });
  return withFileLock(path.join(secureFolder, 'install.lock'), async () => {
    if (!existsSync(home)) await install(home);
    return home;
  });
}

async function install(home: string): Promise<void> {
  const downloads = path.join(secureFolder, 'downloads');
  const unpacking = path.join(secureFolder, 'unpacking');
  rmSync(unpacking, { recursive: true, force: true });
  mkdirSync(unpacking);
  const notNeeded = /\.bat$|\.exe$|tools\/upgrade-cli\//;
  const [server = '', ...others] = Object.keys(pinned);
  await unpack(await fetchArtifact(server, downloads), unpacking, (name) => !notNeeded.test(name));
  const [unpacked = ''] = readdirSync(unpacking).map((name) => path.join(unpacking, name));
  const module = path.join(unpacked, 'modules/lang-painless');
  for (const artifact of others) {
    if (artifact.endsWith('jar')) await fetchArtifact(artifact, module);
    else {
      const folder = path.join(unpacked, 'plugins', artifact.split(':')[1] ?? '');
      mkdirSync(folder, { recursive: true });
      await unpack(await fetchArtifact(artifact, downloads), folder);
    }
  }
  describePainless(module);
  renameSync(unpacked, home);
  rmSync(unpacking, { recursive: true });
  rmSync(downloads, { recursive: true });
}

async function fetchArtifact(artifact: string, folder: string): Promise<string> {
  const [groupId = '', artifactId = '', version = '', extension = ''] = artifact.split(':');
  const file = path.join(folder, `${artifactId}-${version}.${extension}`);
  const url = await artifactUrl({ groupId, artifactId, version, extension });
  await downloadFile(url, file, { sha256: pinned[artifact] ?? '' });
  return file;
}

/** What the server's own distribution has beside the module's jars. */
function describePainless(module: string): void {
  const descriptor = {
    name: 'lang-painless',
    description: 'scripts',
    version: secureVersion,
    'opensearch.version': secureVersion,
    'java.version': '11',
    classname: 'org.opensearch.painless.PainlessPlugin',
  };
  const lines = Object.entries(descriptor).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(path.join(module, 'plugin-descriptor.properties'), lines.join(''));
  const permissions = ['createClassLoader', 'getClassLoader'].map(
    (name) => `  permission java.lang.RuntimePermission "${name}";\n`,
  );
  writeFileSync(path.join(module, 'plugin-security.policy'), `grant {\n${permissions.join('')}};\n`);
}
