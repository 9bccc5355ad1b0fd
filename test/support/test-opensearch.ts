import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import { startLocalOpenSearch } from '../../local-opensearch/start';

/** The server that set-up has unpacked, for nodes with their data elsewhere. */
export const unpackedServer = localOpenSearchPaths().server;

let started: Promise<string> | undefined;

/**
 * The address of the OpenSearch that all tests share: TEST_OPENSEARCH_URL, which `npm test` sets; else one with its
 * data in a temporary folder, which ends with this process.
 */
export async function testOpenSearchUrl(): Promise<string> {
  return process.env.TEST_OPENSEARCH_URL ?? (started ??= startForThisProcess());
}

async function startForThisProcess(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop-opensearch-'));
  const { url, pid } = await startLocalOpenSearch({ folder, server: unpackedServer });
  process.once('exit', () => {
    process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return url;
}
