import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import serveFiles from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { build } from 'esbuild';
import fastify, { type FastifyInstance } from 'fastify';
import pLimit from 'p-limit';
import Type from 'typebox';
import { describeModel, photoFile } from '../lib/index';
import { copyGroups } from './copy-groups';
import { vectorOfDropped } from './dropped-photo';
import { facets } from './facets';
import { guard, type GuardOptions } from './guard';
import { indexJob } from './index-job';
import { libraryDoor, type Wiring } from './library';
import { photoMaps } from './photo-maps';
import { pictureCache } from './picture-cache';
import { problem, tellProblem } from './problem';
import { search } from './search';
import { knownPhoto, shownPhoto } from './shown-photo';
import { PhotoConditions, SearchQuery, strict, type SearchAnswer } from './types';

export interface ServerOptions extends GuardOptions {
  wiring: Wiring;
  /** A folder for the built page, pictures and maps. */
  stateDir: string;
  /** From one visitor in a minute; ten times as many requests of other kinds. */
  mostSearches?: number;
}

/** More at once would make all wait for the last. A visitor who has typed on since is skipped. */
const searches = pLimit(4);
/** Photos on their way here, or waiting to be decoded, each with up to 100 MB. */
const uploads = pLimit(8);
/** What takes longer is asked for again, since a proxy between here and the page may not wait for long. */
const soon = <Value>(value: Promise<Value>) => Promise.race([value, pause(2000, undefined)]);
const withHost = 'With --host, no photos are indexed: start the page once without it, or use npm run own.';
/** Bytes of a dropped photo, and of all pictures on the disk. */
const [largestUpload, mostPictureBytes] = [100e6, 1e9];

/** Nothing but what is served here; `blob:` is the picture of a dropped photo. */
const [own, none] = [["'self'"], ["'none'"]];
const loaded = { defaultSrc: none, scriptSrc: own, styleSrc: own, connectSrc: own, imgSrc: [...own, 'blob:'] };
const directives = { ...loaded, baseUri: none, formAction: none, frameAncestors: none };

/** Some photos can't be read; a full disk, whose error names a system call, is another matter. */
const noneUnlessDisk = (error: Error) => ('syscall' in error ? Promise.reject(error) : undefined);

/** Serves the page and answers its requests; not yet listening. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { wiring, stateDir, mostSearches = 1200, ...guarded } = options;
  const app = fastify({
    routerOptions: { maxParamLength: 2000 },
    requestTimeout: 300_000, // 100 MB at 3 Mbit/s
    ajv: { customOptions: { removeAdditional: false } },
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();
  const [page, pictures] = [path.join(stateDir, 'page'), path.join(stateDir, 'pictures')];
  await buildPage(page);
  const makePicture = await pictureCache(pictures, mostPictureBytes, wiring.limitPixels);
  const closing = new AbortController();
  const map = photoMaps(page, wiring.drawMap, closing.signal);
  const door = libraryDoor(wiring);
  const job = indexJob(door, wiring);
  const perMinute = (max: number) => ({ rateLimit: { max, timeWindow: '1 minute' } });

  app.setErrorHandler((error, request, reply) => {
    door.noteFailure(error, performance.now() - reply.elapsedTime);
    tellProblem(error, request, reply);
  });
  app.setNotFoundHandler(() => Promise.reject(problem(404, 'request', 'There is nothing at this address.')));
  const visitorOf = guard(app, guarded);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: false,
  });
  await app.register(rateLimit, { ...perMinute(10 * mostSearches).rateLimit, keyGenerator: visitorOf });
  await app.register(multipart, { limits: { files: 1, fields: 0, fileSize: largestUpload } });
  await app.register(serveFiles, { root: page });
  app.addHook('onClose', async () => {
    closing.abort();
    await door.close();
  });

  const querystring = Type.Object({}, strict); // where none is expected
  app.get('/health', { schema: { querystring } }, async () => {
    const { client, index, clip } = await door.library();
    const { body } = await client.count({ index });
    return { state: 'ready', index, photos: body.count, model: describeModel(clip.identity) };
  });

  const searched = { schema: { querystring: SearchQuery }, config: perMinute(mostSearches) };
  app.get('/api/search', searched, async ({ query, signal }) => {
    const groups = query.fold && !signal.aborted ? await soon(copyGroups(await door.library())) : undefined;
    return searches(async (): Promise<SearchAnswer> => {
      signal.throwIfAborted();
      return search(await door.libraryToSearch(), query, groups);
    });
  });
  const filtered = { schema: { querystring: PhotoConditions } };
  app.get('/api/facets', filtered, async ({ query }) => facets(await door.library(), query));
  const dropped = { schema: { querystring }, config: perMinute(60) }; // its body is limited by multipart
  app.post('/api/like', dropped, async (request): Promise<{ drop: string }> => {
    const file = await request.file();
    if (!file) throw problem(400, 'request', 'There is no photo in this request.');
    const { clip } = await door.library();
    return uploads(async () => ({ drop: await vectorOfDropped(clip, await file.toBuffer(), wiring.limitPixels) }));
  });

  const id = Type.String({ minLength: 1, maxLength: 600 });
  app.get('/api/photos/:id', { schema: { params: Type.Object({ id }), querystring } }, async ({ params }) =>
    shownPhoto(await knownPhoto(await door.library(), params.id)),
  );
  const kind = Type.Union([Type.Literal('thumb'), Type.Literal('whole')]);
  const schema = { params: Type.Object({ id, kind }), querystring };
  app.get('/api/photos/:id/:kind', { schema }, async ({ params }, reply) => {
    const library = await door.library();
    const { image_url } = await knownPhoto(library, params.id);
    const photo = await photoFile(library.photosDir, image_url);
    const file = photo && (await makePicture(photo, params.kind).catch(noneUnlessDisk));
    if (file === undefined) throw problem(404, 'request', 'The photo’s file is not here, or can’t be read.');
    return reply.sendFile(path.basename(file), pictures, { maxAge: 10_000 }); // by then the photo may be another
  });
  app.get('/api/map', { schema: { querystring } }, async (_, reply) => {
    return (await soon(map(await door.library()))) ?? reply.code(202).send({ state: 'drawing' });
  });

  const body = Type.Object({ folder: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })) }, strict);
  app.post('/api/index', { schema: { body }, config: perMinute(10) }, ({ body: { folder } }, reply) => {
    // The folders of this machine are its owner's business, not that of everybody with the link.
    if (guarded.token !== undefined) throw problem(403, 'refused', withHost);
    job.start(folder);
    return reply.code(202).send(job.progress());
  });
  app.get('/api/index', { schema: { querystring } }, () => ({
    ...job.progress(),
    isForbidden: guarded.token !== undefined,
  }));

  return app;
}

/** Writes the page into `folder`: its TypeScript as one script, the rest as it is. It takes some 20 ms. */
async function buildPage(folder: string): Promise<void> {
  await build({
    entryPoints: ['main.ts', 'page.css', 'index.html', 'icon.svg'],
    absWorkingDir: path.join(__dirname, 'page'),
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    loader: { '.html': 'copy', '.svg': 'copy' },
  });
}
