import { existsSync } from 'node:fs';
import path from 'node:path';
import { readEnvFile } from '../../workshop/settings/env-file';
import { parseServiceUri } from '../../workshop/settings/service-uri';
import { readSettings, settingNames, type Settings } from '../../workshop/settings';
import { examine, note, type Finding } from './finding.mjs';

/** `.env` and the environment, and which OpenSearch they name. `settings` is absent if something in them is wrong. */
export async function examineSettings(
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<{ findings: Finding[]; settings?: Settings }> {
  let settings: Settings | undefined;
  const envFile = path.join(root, '.env');
  const file = await examine('.env', () => {
    settings = readSettings(env, envFile);
    if (!existsSync(envFile)) return 'none, so everything has its default';
    const unknown = Object.keys(readEnvFile(envFile)).filter(
      (name) => !(settingNames as readonly string[]).includes(name),
    );
    return unknown.length === 0
      ? 'every setting can be used'
      : note(`the workshop knows no setting ${unknown.join(', ')}: .env.example names them all.`);
  });
  const uri = await examine('SERVICE_URI', () => {
    if (!settings) return note('not looked at: .env comes first.');
    const { serviceUri } = settings;
    if (serviceUri === undefined) return "empty: the workshop's own OpenSearch is used";
    const { nodes, credentials } = parseServiceUri(serviceUri);
    return `${nodes.join(', ')}, ${credentials ? `user ${credentials.username}` : 'without a user'}`;
  });
  return { findings: [file, uri], settings };
}
