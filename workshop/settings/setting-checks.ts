import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isFolder } from '../../clip-model/is-folder';
import { usualDtypes } from '../../clip-model/model-paths';
import { PhotoSearchError } from '../../lib/errors';

/** @throws PhotoSearchError if `value` is neither yes nor no */
export function yesOrNo(name: string, value = 'no'): boolean {
  if (/^(yes|no)$/i.test(value)) return value.toLowerCase() === 'yes';
  throw new PhotoSearchError(`${name} is '${value}': it must be yes or no.`);
}

/**
 * @returns MAX_MEGAPIXELS in pixels
 * @throws PhotoSearchError if it is not a number above 0
 */
export function megapixels(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const pixels = 1e6 * Number(value);
  if (pixels > 0 && Number.isFinite(pixels)) return pixels;
  throw new PhotoSearchError(`MAX_MEGAPIXELS is '${value}': it must be a number above 0.`);
}

/** @throws PhotoSearchError if `folder` is not a folder; `name` is the setting's */
export function assertFolder(name: string, folder: string): void {
  if (!isFolder(name, folder)) {
    throw new PhotoSearchError(`${name}: there is no folder ${folder}.`);
  }
}

/** @throws PhotoSearchError if CA_CERT can't be read, or is not a certificate in PEM format */
export function assertCertificate(file: string): void {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    const isMissing = code === 'ENOENT';
    throw new PhotoSearchError(
      `CA_CERT: ${isMissing ? `there is no file ${file}` : `${file} can't be read (${code})`}: ` +
        'save the CA certificate of your service there, or correct the path in CA_CERT.',
      { cause },
    );
  }
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('not PEM');
    new X509Certificate(pem);
  } catch (cause) {
    throw new PhotoSearchError(
      `CA_CERT: ${file} is not a certificate in PEM format (a text with -----BEGIN CERTIFICATE-----): ` +
        'download the CA certificate of your service again.',
      { cause },
    );
  }
}

/**
 * The server's own rules (MetadataCreateIndexService.validateIndexOrAliasName).
 *
 * @throws PhotoSearchError if INDEX_NAME breaks one
 */
export function assertIndexName(name: string): void {
  const rule =
    (name !== name.toLowerCase() && 'must be lower case') ||
    (/[\s\\/*?"<>|,#:]/.test(name) && 'must not contain spaces or any of \\ / * ? " < > | , # :') ||
    (/^[-_+]/.test(name) && 'must not begin with - _ or +') ||
    (/^\.{1,2}$/.test(name) && 'must not be a dot or two') ||
    (Buffer.byteLength(name) > 255 && 'must not be longer than 255 bytes');
  if (rule) throw new PhotoSearchError(`INDEX_NAME is '${name}': an index name ${rule}.`);
}

/** @throws PhotoSearchError if CLIP_DTYPE is not a precision that the hub has the model in */
export function assertDtype(dtype: string): void {
  const kind = `(${usualDtypes.join('|')})`;
  if (!new RegExp(`^(${kind}|text=${kind},vision=${kind})$`).test(dtype)) {
    throw new PhotoSearchError(
      `CLIP_DTYPE is '${dtype}': it must be fp32, fp16 or q8, or one for each tower as in text=fp32,vision=q8.`,
    );
  }
}

/**
 * @param name the setting's
 * @param example an address for the message, which does not show `url`, as it may hold a password
 * @throws PhotoSearchError if `url` is not a web address, or holds a user or password
 */
export function assertWebAddress(name: string, url: string, example: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
    throw new PhotoSearchError(`${name} must be an address such as ${example}, without user and password.`);
  }
  if (/^https?$/.test(parsed.hostname)) {
    throw new PhotoSearchError(`${name} has https:// or http:// twice: write it once, as in ${example}.`);
  }
}
