import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { explainConnection } from '../../workshop/opensearch/explain-connection';
import { PhotoSearchError } from '../../lib/errors';
import { parseServiceUri } from '../../workshop/settings/service-uri';
import type { Settings } from '../../workshop/settings';
import { examine, note, type Finding } from './finding.mjs';

const timeoutMs = 10_000;
const day = 24 * 3600 * 1000;

/** The way to each node of the cluster in SERVICE_URI: its name, its port, its certificate. */
export async function examineNetwork(serviceUri: string, settings: Settings): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const node of parseServiceUri(serviceUri).nodes) {
    const url = new URL(node);
    const name = await examine('Name', async () => {
      const { address } = await lookup(bareHost(url)).catch((error: unknown) => {
        throw explained(error, url, settings);
      });
      return address === bareHost(url) ? address : `${url.hostname} is ${address}`;
    });
    findings.push(name);
    if (name.state === 'wrong') continue;
    findings.push(
      await examine(url.protocol === 'https:' ? 'TLS' : 'Port', async () =>
        openConnection(url, settings).catch((error: unknown) => {
          throw explained(error, url, settings);
        }),
      ),
    );
  }
  return findings;
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function explained(error: unknown, url: URL, { caCert }: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const context = {
    host: url.host,
    secure: url.protocol === 'https:',
    local: false,
    caCert,
    method: 'GET',
    path: '/',
    attempt: 1,
    waited: timeoutMs,
  };
  const carrier = new Error((error as Error).message, { cause: error });
  return new PhotoSearchError(explainConnection(carrier, code, context), { cause: error });
}

function openConnection(url: URL, { caCert, insecureTls }: Settings): Promise<string | Omit<Finding, 'what'>> {
  const host = bareHost(url);
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  return new Promise((resolve, reject) => {
    const socket = secure
      ? tls.connect({
          host,
          port,
          rejectUnauthorized: !insecureTls,
          servername: net.isIP(host) === 0 ? host : undefined,
          ca: caCert === undefined ? undefined : readFileSync(caCert),
        })
      : net.connect({ host, port });
    socket.setTimeout(timeoutMs, () => {
      socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    socket.on('error', reject);
    socket.on(secure ? 'secureConnect' : 'connect', () => {
      resolve(socket instanceof tls.TLSSocket ? describeTls(socket, insecureTls) : `${url.host} is open`);
      socket.destroy();
    });
  });
}

function describeTls(socket: tls.TLSSocket, insecureTls: boolean): string | Omit<Finding, 'what'> {
  const until = new Date(socket.getPeerCertificate().valid_to);
  const says = `${socket.getProtocol() ?? 'TLS'}, certificate valid until ${until.toISOString().slice(0, 10)}`;
  if (insecureTls) return note(`${says}, but not checked (INSECURE_TLS=yes): set CA_CERT instead.`);
  return until.getTime() - Date.now() > 14 * day ? says : note(`${says}: it must be renewed soon.`);
}
