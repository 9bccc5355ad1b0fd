import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ListedPhoto, PhotoList } from '../../tools/photos/photo-list';
import { startLoopbackHub, type LoopbackHub } from './loopback-hub';
import { jpeg } from './photo-files';
import { temporaryFolder } from './temporary-folder';

/** A public repository with photos, on a server that answers as GitHub does. */
export interface PhotoRepository {
  list: PhotoList;
  /** By the photo's name. */
  contents: Map<string, Buffer>;
  hub: LoopbackHub;
  /** The archive's path on the server. */
  archivePath: string;
  /** What `git archive` made of the repository. */
  archive: Buffer;
}

const repository = 'someone/a-workshop-whose-name-is-long-enough-for-two-fields-of-tar';

/** @param count how many photos */
export async function photoRepository(t: TestContext, count = 40): Promise<PhotoRepository> {
  const work = temporaryFolder(t);
  mkdirSync(path.join(work, 'photos'));
  const contents = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    // Ids of Unsplash have 11 characters, and may begin with a hyphen.
    const name = `${i % 7 === 0 ? '-' : 'A'}_${String(i).padStart(9, '0')}.jpg`;
    contents.set(name, await jpeg(i, 320, 240));
  }
  for (const [name, content] of contents) writeFileSync(path.join(work, 'photos', name), content);
  writeFileSync(path.join(work, 'README.md'), 'A workshop.\n'.repeat(10_000));

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: work,
      maxBuffer: 1e9,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Photos');
  const commit = git('rev-parse', 'HEAD').toString().trim();
  const prefix = `${path.basename(repository)}-${commit}/`;
  const archive = git('archive', '--format=tar.gz', `--prefix=${prefix}`, 'HEAD');

  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  const archivePath = `/${repository}/archive/${commit}.tar.gz`;
  hub.serve(archivePath, archive);
  for (const [name, content] of contents) {
    hub.serve(`/${repository}/raw/${commit}/photos/${name}`, content);
  }
  const photos = [...contents].map(([name, content]): ListedPhoto => ({
    name,
    size: content.length,
    sha256: sha256(content),
  }));
  return { list: { repository, commit, folder: 'photos', photos }, contents, hub, archivePath, archive };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** An entry of a tar archive, as a hostile one may hold it. */
export interface TarEntry {
  name: string;
  content?: Buffer;
  /** `0` a file, `2` a symbolic link, `5` a folder. */
  type?: string;
  linkTo?: string;
}

export function tarOf(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = Buffer.alloc(0), type = '0', linkTo = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(linkTo, 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
