import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startLocalOpenSearch, type LocalNode } from '../../local-opensearch/start';
import { wipeLocalOpenSearch } from '../../local-opensearch/stop';
import { startProcess } from './in-process';
import { unpackedServer } from './test-opensearch';

/** An empty folder for a node of the test's own, with a comma in its name; `end` stops the node and removes the folder. */
export function nodeFolder(): { folder: string; end: () => Promise<void> } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop, node-'));
  return {
    folder,
    end: async () => {
      await wipeLocalOpenSearch(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startNode(folder: string): Promise<LocalNode> {
  return startLocalOpenSearch({ folder, server: unpackedServer });
}

/**
 * Starts the folder's node from a process of its own, as another kernel would; what it prints in the end is the node
 * as JSON.
 */
export function startNodeElsewhere(folder: string, env: Record<string, string> = {}): ReturnType<typeof startProcess> {
  return startProcess(
    `Object.assign(process.env, ${JSON.stringify(env)});
     const { startLocalOpenSearch } = require('@/local-opensearch/start');
     startLocalOpenSearch(${JSON.stringify({ folder, server: unpackedServer })})
       .then((node) => console.log(JSON.stringify(node)));`,
  );
}

/** Sends a request to a node and returns its answer, which must be a good one. */
export async function ask<Answer>(
  url: string,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
