import path from 'node:path';
import { Readable } from 'node:stream';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import serveFiles from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import pLimit from 'p-limit';
import Type from 'typebox';
import { photoFile, photoHits, describeModel, type PhotoHit } from '../lib/index';
import { buildPage } from './build-page';
import { vectorOfDropped } from './dropped-photo';
import { facets } from './facets';
import { guard, type GuardOptions } from './guard';
import { indexJob } from './index-job';
import type { Library, LibraryDoor } from './library';
import { photoMaps } from './photo-map';
import { pictureCache } from './pictures';
import { problem, tellProblem } from './problem';
import { search } from './search';
import { shownPhoto } from './shown-photo';
import { FilterQuery, SearchQuery, type Health, type SearchAnswer } from './types';

export interface ServerOptions extends GuardOptions {
  door: LibraryDoor;
  /** A folder for the built page, pictures and maps. */
  stateDir: string;
  /** Requests a minute from one address: searches, and pictures. */
  mostSearches?: number;
  mostPictures?: number;
  /** What the pictures may take of the disk, in bytes. */
  mostPictureBytes?: number;
}

/** More at once would make all wait for the last. Who has typed on meanwhile is passed over. */
const searches = pLimit(4);
/** Bytes of a dropped photo. */
const largestUpload = 100e6;

/** The page and what it asks, not yet listening. */
export async function buildServer({
  door,
  stateDir,
  mostSearches = 1200,
  mostPictures = 12_000,
  mostPictureBytes = 1e9,
  ...guarded
}: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    routerOptions: { maxParamLength: 2000 },
    requestTimeout: 60_000,
    ajv: { customOptions: { removeAdditional: false } },
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();
  const page = path.join(stateDir, 'page');
  await buildPage(page);
  const makePicture = await pictureCache(path.join(stateDir, 'pictures'), mostPictureBytes);
  const maps = photoMaps(path.join(stateDir, 'maps'), makePicture, door.settings.serviceUri);
  const job = indexJob(door);

  app.setErrorHandler(tellProblem);
  app.setNotFoundHandler(() => {
    throw problem(404, 'request', 'There is nothing at this address.');
  });
  guard(app, guarded);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        ...{ scriptSrc: ["'self'"], styleSrc: ["'self'"], connectSrc: ["'self'"] },
        ...{ imgSrc: ["'self'", 'blob:'], baseUri: ["'none'"], formAction: ["'none'"] },
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
  });
  await app.register(rateLimit, { max: mostPictures, timeWindow: '1 minute' });
  await app.register(multipart, { limits: { files: 1, fields: 0, fileSize: largestUpload } });
  await app.register(serveFiles, { root: page });
  app.addHook('onClose', async () => {
    maps.close();
    await door.close();
  });

  const { enter } = door;

  async function photoOf({ client, index, known }: Library, id: string): Promise<PhotoHit> {
    const remembered = known.get(id);
    if (remembered) return remembered;
    const body = {
      size: 1,
      query: { ids: { values: [id] } },
      _source: { excludes: ['embedding'] },
    };
    const [hit] = photoHits((await client.search({ index, body })).body);
    if (!hit) throw problem(404, 'request', 'There is no such photo in the index.');
    known.set(id, hit);
    return hit;
  }

  function sendPicture(reply: FastifyReply, file: string): FastifyReply {
    return reply.sendFile(path.basename(file), path.dirname(file), { maxAge: 3_600_000 });
  }

  app.get('/health', () =>
    enter(async ({ client, index, clip }): Promise<Health> => {
      const { body } = await client.count({ index });
      const model = describeModel(clip.identity);
      return { state: 'ready', index, photos: body.count, model };
    }),
  );

  app.get(
    '/api/search',
    {
      schema: { querystring: SearchQuery },
      config: { rateLimit: { max: mostSearches, timeWindow: '1 minute' } },
    },
    ({ query, signal }): Promise<SearchAnswer> =>
      searches(() => {
        signal.throwIfAborted();
        return enter((library) => search(library, query));
      }),
  );

  app.get('/api/facets', { schema: { querystring: FilterQuery } }, ({ query }) =>
    enter((library) => facets(library, query)),
  );

  app.post(
    '/api/like',
    { config: { rateLimit: { max: 60, timeWindow: '1 minute' } } },
    async (request): Promise<{ drop: string }> => {
      const file = await request.file();
      if (!file) throw problem(400, 'request', 'There is no photo in this request.');
      return enter(async (library) => ({
        drop: await vectorOfDropped(library, () => file.toBuffer()),
      }));
    },
  );

  const PhotoParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 600 }) });
  app.get('/api/photos/:id', { schema: { params: PhotoParams } }, ({ params: { id } }) =>
    enter(async (library) => shownPhoto(await photoOf(library, id))),
  );

  const PictureParams = Type.Object({
    ...PhotoParams.properties,
    kind: Type.Union([Type.Literal('thumb'), Type.Literal('whole')]),
  });
  app.get('/api/photos/:id/:kind', { schema: { params: PictureParams } }, async ({ params: { id, kind } }, reply) => {
    const file = await enter(async (library) => {
      const { image_url } = await photoOf(library, id);
      const photo = await photoFile(library.photosDir, image_url);
      if (photo === undefined) throw problem(404, 'request', 'The photo’s file is not here.');
      return makePicture(photo, kind).catch(() => {
        throw problem(404, 'request', 'The photo’s file can’t be read.');
      });
    });
    return sendPicture(reply, file);
  });

  app.get('/api/map', async (_, reply) => {
    const map = await enter(maps.map);
    return map ?? reply.code(202).send({ state: 'drawing' });
  });
  const SheetParams = Type.Object({ number: Type.Integer({ minimum: 0, maximum: 1000 }) });
  app.get('/api/map/sheets/:number', { schema: { params: SheetParams } }, async ({ params: { number } }, reply) =>
    sendPicture(reply, await enter((library) => maps.sheet(library, number))),
  );

  const IndexBody = Type.Object({
    folder: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  });
  app.post(
    '/api/index',
    { schema: { body: IndexBody }, config: { rateLimit: { max: 10, timeWindow: '1 minute' } } },
    ({ body: { folder } }, reply) => {
      // The folders of this machine are its owner's business, not everybody's with a link.
      if (guarded.token !== undefined) {
        throw problem(403, 'refused', 'Photos can be indexed on the machine itself only.');
      }
      job.start(folder);
      return reply.code(202).send({ state: 'working' });
    },
  );
  app.get('/api/index/events', (_, reply) =>
    reply
      .header('content-type', 'text/event-stream')
      .header('cache-control', 'no-store')
      .send(Readable.from(job.follow())),
  );

  return app;
}
