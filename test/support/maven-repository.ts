import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerArtifacts } from '../../local-opensearch/install-server';
import { listen } from './loopback';

/** What the next requests get: the file, the file slowly, or other bytes. */
type Behaviour = 'good' | 'slow' | 'wrong';

/** A Maven repository on the loopback interface. It serves the files in `folder` by their names, whatever the path. */
export async function startMavenRepository(folder: string) {
  const server = createServer((request, response) => {
    const name = path.basename(request.url ?? '');
    void answer(response, readFileSync(path.join(folder, name)), repository.behaviour);
  });
  const url = `http://127.0.0.1:${await listen(server)}/`;
  const repository = { url, behaviour: 'good' as Behaviour };
  return repository;
}

async function answer(response: ServerResponse, bytes: Buffer, behaviour: Behaviour): Promise<void> {
  response.writeHead(200, { 'content-length': bytes.length });
  for (let begin = 0; behaviour === 'slow' && begin < bytes.length && !response.destroyed; begin += 4096) {
    response.write(bytes.subarray(begin, begin + 4096));
    await sleep(10);
  }
  response.end(behaviour === 'wrong' ? Buffer.alloc(bytes.length, 'x') : behaviour === 'good' ? bytes : undefined);
}

/**
 * Makes two small archives in `folder`, built like the server's and the plugin's, and their pins. The server's jar
 * is large enough to be caught halfway.
 */
export function makeServerArtifacts(folder: string): ServerArtifacts {
  zip(path.join(folder, 'opensearch-3.6.0.zip'), {
    'opensearch-3.6.0/bin/opensearch': { text: '#!/bin/sh\n', mode: 0o755 },
    'opensearch-3.6.0/bin/opensearch.bat': { text: 'rem\n' },
    'opensearch-3.6.0/lib/opensearch-3.6.0.jar': { text: serverJar },
    'opensearch-3.6.0/agent/opensearch-agent-bootstrap-3.6.0.jar': { text: 'agent' },
    'opensearch-3.6.0/modules/ingest-geoip/addresses.mmdb': { text: 'large' },
    'opensearch-3.6.0/modules/reindex/reindex.jar': { text: 'reindex' },
  });
  zip(path.join(folder, 'opensearch-knn-3.6.0.0.zip'), {
    'plugin-descriptor.properties': { text: 'name=opensearch-knn\n' },
  });
  const pin = (groupId: string, artifactId: string, version: string) => {
    const bytes = readFileSync(path.join(folder, `${artifactId}-${version}.zip`));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { groupId, artifactId, version, extension: 'zip', size: bytes.length, sha256 };
  };
  return {
    server: pin('org.example', 'opensearch', '3.6.0'),
    knnPlugin: pin('org.example', 'opensearch-knn', '3.6.0.0'),
  };
}

/** Text that hardly shrinks when it is packed. */
export const serverJar = Array.from({ length: 4000 }, (_, line) =>
  createHash('sha256').update(String(line)).digest('base64'),
).join('\n');

/** Packs files with Python's zipfile. */
export function zip(file: string, content: Record<string, { text: string; mode?: number }>): void {
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, entry in json.load(sys.stdin).items():
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o100000 | entry.get("mode", 0o644)) << 16
        archive.writestr(info, entry["text"], zipfile.ZIP_DEFLATED)
`;
  execFileSync('python3', ['-c', script, file], { input: JSON.stringify(content) });
}
