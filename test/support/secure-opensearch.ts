import { execFile, spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { asOrdinaryUser } from '../../local-opensearch/ordinary-user';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import { readSettings } from '../../workshop/settings';
import { makeAuthorityAndServer } from './certificates';
import { installSecureOpenSearch } from './secure-opensearch-install';
import { installJavaForSecure } from './secure-opensearch-java';

/**
 * Starts OpenSearch 2.19.1 with its security plugin, data and certificates in a temporary folder; it ends with this
 * process. The first time on a machine it is fetched (101 MB).
 *
 * @param password of both users: `avnadmin`, who may do everything, and `reader`, who may do next to nothing
 * @returns its `host` with the port, and `caCert`, the PEM file of the authority that signed its certificate
 */
export async function startSecureOpenSearch(password: string) {
  const home = await installSecureOpenSearch();
  const java = await installJavaForSecure();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'secure-opensearch-'));
  const paths = localOpenSearchPaths(folder, home);
  const configuration = path.join(paths.node, 'conf');
  const certificates = path.join(configuration, 'certs');
  for (const made of [certificates, paths.data, paths.logs, paths.temporary]) mkdirSync(made, { recursive: true });
  const { authority, server } = await makeAuthorityAndServer();
  writeFileSync(path.join(certificates, 'ca.pem'), authority.certificate);
  writeFileSync(path.join(certificates, 'node.pem'), server.certificate);
  writeFileSync(path.join(certificates, 'node.key'), server.key);
  writeFileSync(path.join(configuration, 'opensearch.yml'), '');
  copyFileSync(path.join(home, 'config/log4j2.properties'), path.join(configuration, 'log4j2.properties'));
  await configureUsers(java, home, configuration, password);

  const [program = '', ...rest] = asOrdinaryUser(
    [
      java,
      ...['-Xms512m', '-Xmx512m', '-Xss1m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      '-Djava.security.manager=allow',
      ...['-Djava.awt.headless=true', '-Dfile.encoding=UTF-8', '-Djna.nosys=true'],
      ...[`-Djava.io.tmpdir=${paths.temporary}`, `-Djna.tmpdir=${paths.temporary}`],
      ...['-Dio.netty.noUnsafe=true', '-Dio.netty.noKeySetOptimization=true'],
      ...['-Dlog4j.shutdownHookEnabled=false', '-Dlog4j2.disable.jmx=true'],
      '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=org.opensearch.secure_sm.SecuredForkJoinWorkerThreadFactory',
      ...[`-Dopensearch.path.home=${home}`, `-Dopensearch.path.conf=${configuration}`],
      ...['-Dopensearch.distribution.type=zip', '-Dopensearch.bundled_jdk=false'],
      ...['-cp', path.join(home, 'lib/*'), 'org.opensearch.bootstrap.OpenSearch'],
      ...serverSettings({
        'discovery.type': 'single-node',
        'network.host': '127.0.0.1',
        'http.port': '0',
        'transport.port': '0',
        'node.portsfile': 'true',
        'path.data': paths.data,
        'path.logs': paths.logs,
        'cluster.routing.allocation.disk.threshold_enabled': 'false',
        // Small: a test sends a request that is too large.
        'http.max_content_length': '1mb',
        'plugins.security.allow_default_init_securityindex': 'true',
        'plugins.security.audit.type': 'noop',
        'plugins.security.ssl.transport.enforce_hostname_verification': 'false',
        'plugins.security.ssl.http.enabled': 'true',
      }),
      ...['transport', 'http'].flatMap((layer) =>
        serverSettings({
          [`plugins.security.ssl.${layer}.pemcert_filepath`]: 'certs/node.pem',
          [`plugins.security.ssl.${layer}.pemkey_filepath`]: 'certs/node.key',
          [`plugins.security.ssl.${layer}.pemtrustedcas_filepath`]: 'certs/ca.pem',
        }),
      ),
    ],
    paths,
  );
  const output = openSync(paths.console, 'w');
  const child = spawn(program, rest, { cwd: home, stdio: ['ignore', output, output] });
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);

  const caCert = path.join(certificates, 'ca.pem');
  while (!existsSync(paths.address)) {
    if (child.exitCode !== null) throw new Error(readFileSync(paths.console, 'utf8').slice(-3000));
    await sleep(50);
  }
  const port = readFileSync(paths.address, 'utf8').trim().split(':').pop() ?? '';
  const host = `localhost:${port}`;
  await waitUntilReady(`https://avnadmin:${encodeURIComponent(password)}@${host}`, caCert);
  return { host, caCert, stop };
}

function serverSettings(values: Record<string, string>): string[] {
  return Object.entries(values).map(([name, value]) => `-E${name}=${value}`);
}

/** The plugin's own configuration, with two users. Only `avnadmin` has a role. */
async function configureUsers(java: string, home: string, configuration: string, password: string): Promise<void> {
  const plugin = path.join(home, 'plugins/opensearch-security');
  const folder = path.join(configuration, 'opensearch-security');
  cpSync(path.join(plugin, 'config'), folder, { recursive: true });
  const { stdout } = await promisify(execFile)(
    java,
    ['-cp', `${plugin}/*:${home}/lib/*`, 'org.opensearch.security.tools.Hasher', '-env', 'PASSWORD'],
    { env: { PATH: process.env.PATH, PASSWORD: password } },
  );
  const hash = stdout.trim().split('\n').pop() ?? '';
  const users = {
    _meta: { type: 'internalusers', config_version: 2 },
    avnadmin: { hash, reserved: true, backend_roles: ['admin'] },
    reader: { hash },
  };
  // JSON is YAML.
  writeFileSync(path.join(folder, 'internal_users.yml'), JSON.stringify(users));
}

/** Booting, it closes connections, then answers that security is not initialised: connecting waits for all that. */
async function waitUntilReady(SERVICE_URI: string, CA_CERT: string): Promise<void> {
  const settings = readSettings({ SERVICE_URI, CA_CERT }, '/none');
  const client = await connectOpenSearch(settings, { patienceMs: 120_000, notice: () => undefined });
  await client.cluster.health({ wait_for_status: 'yellow' });
  await client.close();
}
