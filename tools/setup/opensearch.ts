import { existsSync } from 'node:fs';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import pinned from '../../local-opensearch/server.json';
import { installServer } from '../../local-opensearch/install-server';
import { tryOutServer } from './opensearch-trial';

type Step = (name: string, work: () => Promise<void>, options?: { hasBar?: boolean }) => Promise<void>;

/** Puts the server in place, if it is not yet. MAVEN_REPOSITORY names a mirror to fetch it from. */
export async function installOpenSearch(step: Step): Promise<void> {
  const paths = localOpenSearchPaths();
  if (existsSync(paths.server)) return;
  await step(`OpenSearch ${pinned.version}`, () => installServer(paths, pinned, process.env.MAVEN_REPOSITORY), {
    hasBar: true,
  });
}

/** Starts the server once, so that each later start is faster, and so that trouble shows now. */
export async function tryOutOpenSearch(step: Step, say: (text: string) => void): Promise<void> {
  const paths = localOpenSearchPaths();
  await step('Trial run of OpenSearch', async () => {
    const problem = await tryOutServer(paths);
    if (problem === undefined) return;
    say(`\n${problem}\nThe rest of the set-up is not affected.\n`);
  });
}
