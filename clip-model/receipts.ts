import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from '../lib/photos';
import { writeWhole } from '../download/write-whole';

/** What is known of a file that was downloaded whole and found right, or that the hub does not have. */
type Receipt = { size: number; sha256: string; changedMs: number } | 'absent';

const receiptsName = 'downloaded.json';

/**
 * Whether a file in the cache is the one that was downloaded.
 *
 * Each download leaves a receipt with size, SHA-256 and the file system's time of the last change (ctime, which
 * unlike mtime can't be set back). Size and time are compared at every load, which costs nothing and finds cut,
 * overwritten and edited files. Where only the time differs (the cache was copied, restored or baked into an image),
 * the file is hashed and, if right, gets a new receipt. A file without receipt (an interrupted run, or put there by
 * hand) counts only if its SHA-256 is pinned in the repository. What this can't see is a disk that changes
 * bytes by itself.
 *
 * @param pinnedSha256 what the file must be, where that is known beforehand
 */
export async function isIntact(folder: string, file: string, pinnedSha256?: string): Promise<boolean> {
  const receipt = (await readReceipts(folder))[file];
  if (receipt === 'absent') return true;
  const info = await stat(path.join(folder, file)).catch(() => undefined);
  if (info === undefined) return false;
  if (receipt !== undefined && receipt.size !== info.size) return false;
  if (pinnedSha256 !== undefined && receipt !== undefined && receipt.sha256 !== pinnedSha256) {
    return false;
  }
  if (receipt?.changedMs === info.ctimeMs) return true;

  const expected = receipt?.sha256 ?? pinnedSha256;
  if (expected === undefined) return false;
  const { sha256 } = await hashFile(path.join(folder, file));
  if (sha256 !== expected) return false;
  await keepReceipt(folder, file, sha256).catch(() => undefined); // a read-only cache: hashed each time
  return true;
}

/** Notes that a file is right as it is now. */
export async function keepReceipt(folder: string, file: string, sha256: string): Promise<void> {
  const { size, ctimeMs } = await stat(path.join(folder, file));
  await writeReceipt(folder, file, { size, sha256, changedMs: ctimeMs });
}

/** Notes that the hub has no such file, and need not be asked again. */
export async function keepAbsence(folder: string, file: string): Promise<void> {
  await writeReceipt(folder, file, 'absent');
}

// Two processes writing at once may lose one's receipt: that file is then hashed or fetched again, nothing worse.
async function writeReceipt(folder: string, file: string, receipt: Receipt): Promise<void> {
  const receipts = { ...(await readReceipts(folder)), [file]: receipt };
  await writeWhole(path.join(folder, receiptsName), JSON.stringify(receipts, null, 2) + '\n');
}

async function readReceipts(folder: string): Promise<Partial<Record<string, Receipt>>> {
  try {
    const text = await readFile(path.join(folder, receiptsName), 'utf8');
    return JSON.parse(text) as Partial<Record<string, Receipt>>;
  } catch {
    return {}; // none yet, or damaged: the same as none
  }
}
