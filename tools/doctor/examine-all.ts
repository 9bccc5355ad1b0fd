import { existsSync } from 'node:fs';
import path from 'node:path';
import { examineCluster } from './cluster';
import { type Finding, examine, note } from './finding.mjs';
import { examineHub, examineIndex, examineModelCache } from './index-and-model';
import { examineNetwork } from './network';
import { readEnvFile } from '../../workshop/settings/env-file';
import { parseServiceUri } from '../../workshop/settings/service-uri';
import { readSettings, settingNames, type Settings } from '../../workshop/settings';

/** What can be checked once the packages are there: each finding as soon as it is known. */
export async function* examineAll(root: string, env: NodeJS.ProcessEnv = process.env): AsyncGenerator<Finding> {
  const { findings, settings } = await examineSettings(root, env);
  yield* findings;
  if (!settings) return;
  yield await examineModelCache(settings);
  yield await examineHub(settings);
  if (settings.serviceUri !== undefined) {
    const network = await examineNetwork(settings.serviceUri, settings);
    yield* network;
    // One of several nodes is enough to go on.
    if (!network.some(({ what, state }) => what !== 'Name' && state !== 'wrong')) return;
  }
  const { findings: cluster, client } = await examineCluster(settings);
  yield* cluster;
  if (!client) return;
  yield await examineIndex(client, settings);
  await client.close();
}

/** `.env` and the environment, and which OpenSearch they name. `settings` is absent if something in them is wrong. */
async function examineSettings(
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<{ findings: Finding[]; settings?: Settings }> {
  let settings: Settings | undefined;
  const envFile = path.join(root, '.env');
  const file = await examine('.env', () => {
    settings = readSettings(env, envFile);
    if (!existsSync(envFile)) return 'none: all settings have their defaults';
    const unknown = Object.keys(readEnvFile(envFile)).filter(
      (name) => !(settingNames as readonly string[]).includes(name),
    );
    return unknown.length === 0
      ? 'all settings are valid'
      : note(`the workshop has no setting ${unknown.join(', ')}: .env.example lists them all.`);
  });
  const uri = await examine('SERVICE_URI', () => {
    if (!settings) return note('not checked: fix .env first.');
    const { serviceUri } = settings;
    if (serviceUri === undefined) return "empty: the workshop's own OpenSearch is used";
    const { nodes, credentials } = parseServiceUri(serviceUri);
    return `${nodes.join(', ')}, ${credentials ? `user ${credentials.username}` : 'without a user'}`;
  });
  return { findings: [file, uri], settings };
}
