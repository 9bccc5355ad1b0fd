import { existsSync } from 'node:fs';
import type { Client } from '@opensearch-project/opensearch';
import { brokenIndexes } from '../../local-opensearch/broken-indexes';
import { findJava } from '../../local-opensearch/find-java';
import { findLocalOpenSearch } from '../../local-opensearch/status';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import { whyItDied } from '../../local-opensearch/why-it-ended';
import { PhotoSearchError } from '../../lib/errors';
import { RequestError } from '../../workshop/opensearch/request-error';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import { parseServiceUri } from '../../workshop/settings/service-uri';
import type { Settings } from '../../workshop/settings';
import { examine, note, type Finding } from './finding.mjs';

/** The connection itself: user, version, k-NN plugin, and the cluster's disks. `client` is absent without one. */
export async function examineCluster(settings: Settings): Promise<{ findings: Finding[]; client?: Client }> {
  const findings: Finding[] = [];
  let reached = settings;
  if (settings.serviceUri === undefined) {
    findings.push(await examine('Java', async () => (await findJava()).version));
    const node = await findLocalOpenSearch();
    if (!node) {
      return { findings: [...findings, await examineStopped()] };
    }
    for (const { message } of await brokenIndexes(node.url)) {
      findings.push({ what: 'Broken index', state: 'wrong', says: message });
    }
    reached = { ...settings, serviceUri: node.url };
  }
  let client: Client | undefined;
  const connection = await examine('OpenSearch', async () => {
    client = await connectOpenSearch(reached, { patienceMs: 0, notice: () => undefined });
    return `${JSON.stringify(client).replaceAll('"', '')}, with its k-NN plugin`;
  });
  findings.push(credentials(reached, connection), connection);
  if (client) findings.push(await examineDisk(client, settings.serviceUri === undefined));
  return { findings: findings.filter(({ says }) => says !== ''), client };
}

/** Our own node, if it does not run: stopped, which is fine, or ended by itself. */
function examineStopped(): Promise<Finding> {
  return examine('OpenSearch', () => {
    const paths = localOpenSearchPaths();
    if (!existsSync(paths.server)) throw new PhotoSearchError('not installed: run `node tools/setup.mjs`.');
    const died = whyItDied(paths);
    if (died === undefined) return note('not running: notebook 1 starts it, or `npm run opensearch -- start`.');
    throw new PhotoSearchError(`not running; it ended by itself: ${died}`);
  });
}

function credentials({ serviceUri = '' }: Settings, connection: Finding): Finding {
  const user = parseServiceUri(serviceUri).credentials?.username;
  const what = 'Credentials';
  if (user === undefined) return { what, state: 'ok', says: '' };
  if (connection.state === 'ok') return { what, state: 'ok', says: `user ${user} is accepted` };
  return /\(401\)/.test(connection.says)
    ? { what, state: 'wrong', says: `user ${user} is not accepted` }
    : { what, state: 'note', says: 'not checked: fix the connection first.' };
}

async function examineDisk(client: Client, local: boolean): Promise<Finding> {
  return examine('Server disk', async () => {
    try {
      const settings = await client.cluster.getSettings({ flat_settings: true });
      if (JSON.stringify(settings.body).includes('"cluster.blocks.create_index":"true"')) {
        throw new PhotoSearchError(
          'OpenSearch creates no new index, usually because its disk is more than 90 % full: free some space where it runs.',
        );
      }
      const { body } = await client.cat.allocation({ format: 'json', bytes: 'b' });
      const disks = body.filter((node) => Boolean(node['disk.total']));
      if (disks.length === 0) return note('its size is unknown.');
      const free = Math.min(...disks.map((node) => Number(node['disk.avail'])));
      const used = Math.max(...disks.map((node) => Number(node['disk.percent'])));
      const says = `${used} % full, ${(free / 1e9).toFixed(1)} GB free`;
      // Our own node goes on up to the last byte; any other stops making indexes at 90 %.
      if (local ? free > 5e8 : used < 90) return says;
      throw new PhotoSearchError(`${says}: free some space where OpenSearch runs.`);
    } catch (error) {
      if (error instanceof RequestError && error.statusCode === 403) return note('this user is not allowed to see it.');
      throw error;
    }
  });
}
