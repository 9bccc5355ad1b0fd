// The page's server in a process of its own, to measure its memory: node … server-process.ts INDEX FOLDER
import type { AddressInfo } from 'node:net';
import { buildServer } from '../../app/server';
import { wiringBy } from '../../tools/app/wiring';
import { readSettings } from '../../workshop/index';

async function main(): Promise<void> {
  const [index = '', stateDir = ''] = process.argv.slice(2);
  const settings = { ...readSettings(), indexName: index };
  // All visitors have one address here.
  const app = await buildServer({ wiring: wiringBy(() => settings), stateDir, mostSearches: 1e9 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  process.send?.((app.server.address() as AddressInfo).port);
  process.on('disconnect', () => process.exit());
}

void main();
