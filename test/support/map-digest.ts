// Prints the SHA-256 of a photo map's HTML. MAP_TEST: { url, ...PhotoMapOptions } as JSON.
import { createHash } from 'node:crypto';
import { photoMap, type PhotoMapOptions } from '../../further/map/photo-map';
import { runScript } from '../../tools/run-script';
import { testClient } from './photo-indexes';

runScript(async () => {
  const { url, ...options } = JSON.parse(process.env.MAP_TEST ?? '') as PhotoMapOptions & {
    url: string;
  };
  const client = await testClient({ url });
  console.log(
    createHash('sha256')
      .update(await photoMap(client, options))
      .digest('hex'),
  );
  await client.close();
});
