// npm run app: all the set-up, then the search as a web page, over the index that the notebooks have filled, or a
// folder's. (package.json: with MALLOC_TRIM_THRESHOLD_, the memory that reading the model's weights took is given back.)
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { FastifyInstance } from 'fastify';
import type { Place } from '../app/library';
import type { Problem } from '../app/types';
import { buildServer } from '../app/server';
import { PhotoSearchError } from '../lib/errors';
import { ownFolder } from '../further/own-photos/own-folder';
import { ownIndexName } from '../further/own-photos/own-index-name';
import { readSettings, repositoryRoot } from '../workshop/settings';
import { wiringBy } from './app/wiring';
import { codespaceAddress } from './codespace-address.mjs';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npm run app -- [FOLDER] [--port 8900] [--host 127.0.0.1]

  FOLDER   a folder of yours: its own index, see npm run own; without it, the index of the notebooks
  --port   the first port to try (8900)
  --host   an address of this machine that others reach; the link then carries a token`;

/** @throws Error saying what is wrong with the command line */
function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '8900' }, host: { type: 'string', default: '127.0.0.1' } },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`--port is '${values.port}': it must be a whole number from 1 to 65535.`);
  }
  if (positionals.length > 1) throw new Error('Give one folder, in quotes if there are spaces in its name.');
  return { folder: positionals[0], port, host: values.host };
}

/** The index of a folder; undefined for that of the notebooks. */
async function placeOf(folder: string | undefined): Promise<Place | undefined> {
  if (folder === undefined) return undefined;
  const photosDir = await ownFolder(folder);
  return { index: ownIndexName(readSettings().indexName, photosDir), photosDir };
}

/** Listens at `port`, or the first after it that is free. */
async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  for (let candidate = port; ; candidate++) {
    try {
      await app.listen({ host, port: candidate });
      return candidate;
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && candidate < Math.min(port + 100, 65_535)) continue;
      throw new PhotoSearchError(
        `The page can't listen at ${host}, port ${candidate} (${code}): take another --port.`,
        { cause },
      );
    }
  }
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const { folder, host, port } = commandLine;
  const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(host);
  const token = isLoopback ? undefined : randomBytes(24).toString('hex');
  const place = await placeOf(folder);
  const stateDir = path.join(repositoryRoot, 'out', 'app');
  let listening = port; // or one further on, if it is taken
  const publicAddress = () => codespaceAddress(listening);
  const app = await buildServer({ wiring: wiringBy(readSettings, place), stateDir, token, publicAddress });
  const { headers } = await app.inject(`/?token=${token ?? ''}`);
  const health = await app.inject({ url: '/health', headers: { cookie: String(headers['set-cookie'] ?? '') } });
  const { index, message } = health.json<{ index?: string } & Partial<Problem>>();
  const opened = index === undefined ? message : `It searches index '${index}'.`;
  listening = await listen(app, host, port);
  const address =
    codespaceAddress(listening)?.origin ?? `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
  const link = token === undefined ? address : `${address}/?token=${token}`;
  console.log(`\nThe page is ready. ${opened ?? ''}\n\n  ${link}\n\nCtrl-C stops it.`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void app.close().then(() => process.exit(0));
    });
  }
}

runScript(main);
