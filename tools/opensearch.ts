import { PhotoSearchError } from '../lib/errors';
import { brokenIndexes } from '../local-opensearch/broken-indexes';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { setDataAside, setIndexAside } from '../local-opensearch/set-aside';
import { startLocalOpenSearch } from '../local-opensearch/start';
import { findLocalOpenSearch, type LocalNode } from '../local-opensearch/status';
import { stopLocalOpenSearch, wipeLocalOpenSearch } from '../local-opensearch/stop';
import { whyItDied } from '../local-opensearch/why-it-ended';
import { askNode } from '../local-opensearch/ask-node';
import { readSettings } from '../workshop/settings';
import { runScript } from './run-script';

const usage = `The workshop's own OpenSearch.

npm run opensearch -- start    starts it, or finds it running
npm run opensearch -- status   whether it runs, and where; exit code 3 if it does not
npm run opensearch -- url      only its address
npm run opensearch -- stop     stops it; the data stays
npm run opensearch -- wipe     stops it and deletes its data

npm run opensearch -- set-aside INDEX   moves the files of an index that can't be opened to another folder; it continues
                                        without that index
npm run opensearch -- set-aside         stops it and moves all its data to another folder; nothing is deleted`;

async function main(command?: string, index?: string): Promise<number> {
  switch (command) {
    case 'start':
      await show(await startLocalOpenSearch({ heapMb: wantedHeap(), onWait: showWait }));
      return 0;
    case 'status': {
      const node = await findLocalOpenSearch();
      if (node) await show(node);
      else console.log(notRunning());
      return node ? 0 : 3;
    }
    case 'url': {
      const node = await findLocalOpenSearch();
      if (!node) throw new PhotoSearchError('OpenSearch is not running: npm run opensearch -- start');
      console.log(node.url);
      return 0;
    }
    case 'stop':
      console.log((await stopLocalOpenSearch()) ? 'OpenSearch is stopped.' : 'It was not running.');
      return 0;
    case 'wipe':
      await wipeLocalOpenSearch();
      console.log('OpenSearch is stopped and its data deleted.');
      return 0;
    case 'set-aside':
      console.log(index === undefined ? await withoutData() : await without(index));
      return 0;
    case undefined:
    case '--help':
    case '-h':
      console.log(usage);
      return 0;
    default:
      console.error(`There is no command '${command}'.\n\n${usage}`);
      return 2;
  }
}

async function show({ url, pid, dataDir, logFile }: LocalNode): Promise<void> {
  const heapMb = await nodeHeap(url);
  console.log(`OpenSearch runs at ${url}\nprocess ${pid}, heap ${heapMb} MiB, data in ${dataDir}, log in ${logFile}`);
  const wanted = wantedHeap();
  if (wanted !== undefined && wanted !== heapMb) {
    console.log(
      `OPENSEARCH_HEAP_MB is ${wanted}: run npm run opensearch -- stop, then start, to apply it; the data stays.`,
    );
  }
  for (const { message } of await brokenIndexes(url)) console.log(message);
}

function wantedHeap(): number | undefined {
  return readSettings().openSearchHeapMb;
}

/** Java's heap in MiB, as the node has it. */
async function nodeHeap(url: string): Promise<number> {
  const answer = await askNode(`${url}/_nodes/_local/process,jvm`, 5000);
  const { nodes = {} } = (answer?.body ?? {}) as { nodes?: Record<string, { jvm: { input_arguments: string[] } }> };
  const options = Object.values(nodes)[0]?.jvm.input_arguments ?? [];
  return Number(/^-Xmx(\d+)m$/.exec(options.find((one) => one.startsWith('-Xmx')) ?? '')?.[1]);
}

function notRunning(): string {
  const died = whyItDied(localOpenSearchPaths());
  return died === undefined ? 'OpenSearch is not running.' : `OpenSearch is not running; it ended by itself: ${died}`;
}

async function withoutData(): Promise<string> {
  const place = await setDataAside();
  return place === undefined
    ? 'There is no data to set aside.'
    : `OpenSearch is stopped. Its data is in ${place}; the next start begins without any index.`;
}

async function without(index: string): Promise<string> {
  const place = await setIndexAside(index, { heapMb: wantedHeap(), onWait: showWait });
  return `OpenSearch runs without index '${index}', whose files are in ${place}.`;
}

function showWait(seconds: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rStarting OpenSearch … ${seconds} s \r`);
}

runScript(async () => {
  process.exitCode = await main(...process.argv.slice(2));
});
