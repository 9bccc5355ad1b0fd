/**
 * Makes the pictures in photos/ and their credits again, from the Debian packages in photo-sources.json:
 *
 *     npx tsx maintain/make-photos.ts [folder for the packages]
 *
 * Needs `apt-get` and `dpkg-deb`, 600 MB of disk and the package lists of Debian 12 (`apt-get update`). Packages that
 * already lie in the folder are used as they are; without a folder they go to a temporary one. The same sources and
 * the same sharp give the same bytes. Nothing in photos/ is touched unless every picture could be made.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { PhotoSearchError } from '../lib/errors';
import { escapeHtml } from '../lib/html';
import { unpackDebianPackage } from './debian-package';
import sources from './photo-sources.json';

/** Longest side of a picture, in pixels. */
const longestSide = 768;
/** Size of a picture's file, in bytes. */
const largestFile = 120_000;

type Source = (typeof sources.photos)[number];
const licenceUrls: Record<string, string> = sources.licences;
const versions: Record<string, string> = sources.packages;
const photosDir = path.resolve(__dirname, '..', 'photos');

async function readSource(source: Source, unpacked: string): Promise<Buffer> {
  const picture = await readFile(path.join(unpacked, source.path)).catch((error: unknown) => {
    throw new PhotoSearchError(
      `${source.package} no longer holds ${source.path}: look for another picture, and change maintain/photo-sources.json.`,
      { cause: error },
    );
  });
  const sha256 = createHash('sha256').update(picture).digest('hex');
  if (sha256 !== source.sha256) {
    throw new PhotoSearchError(
      `${source.path} in ${source.package} is another picture than the one in maintain/photo-sources.json (SHA-256 ${sha256} instead of ${source.sha256}): look at it and at its credit in ${source.credit_in}, then change the entry.`,
    );
  }
  return picture;
}

/** Title, author and licence in the form that picture viewers read. XMP rather than EXIF, which knows ASCII only. */
function creditXmp(source: Source): string {
  const licenceUrl = licenceUrls[source.licence] ?? '';
  const inDefaultLanguage = (text: string) =>
    `<rdf:Alt><rdf:li xml:lang="x-default">${escapeHtml(text)}</rdf:li></rdf:Alt>`;
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/">
<dc:title>${inDefaultLanguage(source.title)}</dc:title>
<dc:creator><rdf:Seq><rdf:li>${escapeHtml(source.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:rights>${inDefaultLanguage(source.licence)}</dc:rights>
<xmpRights:WebStatement>${escapeHtml(licenceUrl)}</xmpRights:WebStatement>
</rdf:Description></rdf:RDF></x:xmpmeta>`;
}

/** Turned upright, cropped where the entry says so, scaled down, in sRGB, with its credit as the only metadata. */
async function makePhoto(source: Source, picture: Buffer): Promise<Buffer> {
  const upright = sharp(picture).autoOrient();
  const cropped = 'crop' in source && source.crop ? upright.extract(source.crop) : upright;
  const { data, info } = await cropped
    .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  for (let quality = 88; quality >= 40; quality -= 4) {
    const jpeg = await sharp(data, { raw: { width, height, channels } })
      .withXmp(creditXmp(source))
      .jpeg({ quality, mozjpeg: true })
      .toBuffer();
    if (jpeg.length <= largestFile) return jpeg;
  }
  throw new PhotoSearchError(`${source.file} stays above ${largestFile} bytes: crop it, or leave it out.`);
}

const packageOf = (source: Source) => `Debian package ${source.package} ${versions[source.package] ?? ''}`;

function creditsJson(): string {
  const credits = sources.photos.map((source) => [
    source.file,
    {
      title: source.title,
      author: source.author,
      licence: source.licence,
      licence_url: licenceUrls[source.licence],
      source: packageOf(source),
      source_url: source.source_url,
    },
  ]);
  return `${JSON.stringify(Object.fromEntries(credits), undefined, 2)}\n`;
}

function creditsTable(): string {
  const rows = sources.photos.map((source) => {
    const licence = `[${source.licence}](${licenceUrls[source.licence] ?? ''})`;
    const from = `[${source.package}](${source.source_url})${'crop' in source ? ', cropped' : ''}`;
    return `| [${source.file}](${source.file}) | ${source.title} | ${source.author} | ${licence} | ${from} |`;
  });
  const packages = Object.entries(versions).map(([name, version]) => `\`${name}\` ${version}`);
  return `# Who made these photos

Every picture here was scaled down to at most ${longestSide} pixels and saved again as JPEG; a few were cropped, as the table
says. Each keeps its author's licence, named below; the workshop's own licence does not cover the photos. Title, author
and licence are also in each file (XMP), and in \`credits.json\`, which the notebooks read.

They come from the Debian packages in the last column. Its link leads to the photo's page if the package names one, and
otherwise to the project. \`maintain/photo-sources.json\` says where each picture is in its package, and which file of the
package names its author (\`credit_in\`); \`npx tsx maintain/make-photos.ts\` makes them all again.

| Picture | Title | Author | Licence | From |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

Packages: ${packages.join(', ')}.
`;
}

async function makePhotos(folder: string): Promise<void> {
  const unpacked = new Map<string, string>();
  const photos = new Map<string, Buffer>();
  for (const source of sources.photos) {
    const { package: name } = source;
    const root = unpacked.get(name) ?? (await unpackDebianPackage(name, versions[name] ?? '', folder));
    unpacked.set(name, root);
    photos.set(source.file, await makePhoto(source, await readSource(source, root)));
  }
  await mkdir(photosDir, { recursive: true });
  for (const [file, jpeg] of photos) await writeFile(path.join(photosDir, file), jpeg);
  await writeFile(path.join(photosDir, 'credits.json'), creditsJson());
  await writeFile(path.join(photosDir, 'CREDITS.md'), creditsTable());
  const bytes = [...photos.values()].reduce((sum, jpeg) => sum + jpeg.length, 0);
  console.log(`${photos.size} photos, ${(bytes / 1e6).toFixed(1)} MB, in ${photosDir}`);
}

async function main(): Promise<void> {
  const [given] = process.argv.slice(2);
  const folder = given ?? (await mkdtemp(path.join(os.tmpdir(), 'make-photos-')));
  try {
    await makePhotos(path.resolve(folder));
  } finally {
    if (given === undefined) await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
