import { WorkshopError } from '../lib/errors';
import { startLocalOpenSearch } from '../lib/local-opensearch/start';
import { findLocalOpenSearch, type LocalNode } from '../lib/local-opensearch/status';
import { stopLocalOpenSearch } from '../lib/local-opensearch/stop';
import { wipeLocalOpenSearch } from '../lib/local-opensearch/wipe';
import { runScript } from './run-script';

const usage = `The workshop's own OpenSearch.

npm run opensearch -- start    starts it, or finds it running
npm run opensearch -- status   whether it runs, and where; exit code 3 if it does not
npm run opensearch -- url      its address alone
npm run opensearch -- stop     stops it; the data stays
npm run opensearch -- wipe     stops it and deletes its data`;

async function main(command: string | undefined): Promise<number> {
  switch (command) {
    case 'start':
      console.log(describe(await startLocalOpenSearch({ onWait: showWait })));
      return 0;
    case 'status': {
      const node = await findLocalOpenSearch();
      console.log(node ? describe(node) : 'OpenSearch is not running.');
      return node ? 0 : 3;
    }
    case 'url': {
      const node = await findLocalOpenSearch();
      if (!node) throw new WorkshopError('OpenSearch is not running: npm run opensearch -- start');
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
    case undefined:
      console.log(usage);
      return 0;
    default:
      console.error(`There is no command '${command}'.\n\n${usage}`);
      return 2;
  }
}

function describe({ url, pid, dataDir, logFile }: LocalNode): string {
  return `OpenSearch runs at ${url}\nprocess ${pid}, data in ${dataDir}, log in ${logFile}`;
}

function showWait(seconds: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rStarting OpenSearch … ${seconds} s \r`);
}

runScript(async () => {
  process.exitCode = await main(process.argv[2]);
});
