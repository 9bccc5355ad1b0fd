// Draws the page's map in a process of its own: node … map-process.ts REQUEST, a `MapRequest` as JSON.
import { drawMap, type MapRequest } from '../../further/map/draw-map';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import { readSettings } from '../../workshop/settings';

async function main(): Promise<void> {
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  const request = JSON.parse(process.argv[2] ?? '') as MapRequest;
  await drawMap(client, { ...request, limitPixels: settings.limitPixels });
  await client.close();
}

void main();
