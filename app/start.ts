// npm run app: the search as a web page, over the index that the notebooks have filled, or a folder's.
import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { PhotoSearchError } from '../lib/index';
import { readSettings, repositoryRoot, type Settings } from '../workshop/index';
import { ownIndexName } from '../further/index';
import { libraryDoor, type Place } from './library';
import { toldOf } from './problem';
import { buildServer } from './server';

const usage = `Usage: npm run app -- [FOLDER] [--port 8900] [--host 127.0.0.1]

  FOLDER   a folder of yours: its own index, see npm run own; without it, the index of the notebooks
  --port   the first port to try (8900)
  --host   an address of this machine that others reach; the link then carries a token`;

const firstPort = 8900;

/** The index of the notebooks, or that of a folder. */
async function placeOf(folder: string | undefined, settings: Settings): Promise<Place> {
  if (folder === undefined) return { index: settings.indexName, photosDir: settings.photosDir };
  const calledFrom = process.env.INIT_CWD ?? process.cwd();
  const photosDir = await realpath(path.resolve(calledFrom, folder)).catch((cause: unknown) => {
    throw new PhotoSearchError(`There is no folder ${folder}.`, { cause });
  });
  return { index: ownIndexName(settings.indexName, photosDir), photosDir };
}

/** Listens at `port`, or the first after it that is free. */
async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  for (let candidate = port; ; candidate++) {
    try {
      await app.listen({ host, port: candidate });
      return candidate;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || candidate >= port + 100) throw error;
    }
  }
}

/** Where a codespace shows a port to its owner. */
function codespaceAddress(port: number): string | undefined {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = process.env;
  return name && domain ? `https://${name}-${port}.${domain}` : undefined;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: String(firstPort) },
      host: { type: 'string', default: '127.0.0.1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const { host } = values;
  const port = Number(values.port);
  const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(host);
  const token = isLoopback ? undefined : randomBytes(24).toString('hex');
  const settings = readSettings();
  const door = libraryDoor(settings, await placeOf(positionals[0], settings));
  const publicAddress = codespaceAddress(port);
  const stateDir = path.join(repositoryRoot, 'out', 'app');
  const app = await buildServer({ door, stateDir, token, publicAddress });
  const opened = await door
    .enter(({ index }) => Promise.resolve(`It searches index '${index}'.`))
    .catch((error: unknown) => toldOf(error).message);
  const listening = await listen(app, host, port);
  const address = codespaceAddress(listening) ?? `http://${host}:${listening}`;
  const link = token === undefined ? address : `${address}/?token=${token}`;
  console.log(`\nThe page is ready. ${opened}\n\n  ${link}\n\nCtrl-C stops it.`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void app.close().then(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof PhotoSearchError ? error.message : error);
  process.exit(1);
});
