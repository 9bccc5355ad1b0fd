import net from 'node:net';
import { generate } from 'selfsigned';

/** A certificate and its private key, both in PEM. */
export interface Certificate {
  name: string;
  certificate: string;
  key: string;
}

interface CertificateOptions {
  /** The common name. */
  name: string;
  /** Host names and IPv4 addresses that it is made out to; without any, it is an authority's. */
  hosts?: string[];
  /** Who signs it; itself if left out. */
  authority?: Certificate | undefined;
  from?: Date;
  until?: Date;
}

const day = 24 * 3600 * 1000;

/** Makes a certificate with a new key. */
export async function makeCertificate({ name, hosts, authority, ...time }: CertificateOptions): Promise<Certificate> {
  const { from = new Date(Date.now() - day), until = new Date(Date.now() + 30 * day) } = time;
  const altNames = hosts?.map((host) =>
    net.isIPv4(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host },
  );
  const made = await generate([{ name: 'commonName', value: name }], {
    ...{ keyType: 'ec', algorithm: 'sha256', notBeforeDate: from, notAfterDate: until },
    extensions: [
      altNames ? { name: 'subjectAltName', altNames } : { name: 'basicConstraints', cA: true, critical: true },
    ],
    ...(authority && { ca: { key: authority.key, cert: authority.certificate } }),
  });
  return { name, certificate: made.cert, key: made.private };
}

/** An authority, and a certificate for localhost and 127.0.0.1 signed by it. */
export async function makeAuthorityAndServer() {
  const authority = await makeCertificate({ name: 'test authority' });
  const server = await makeCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1'], authority });
  return { authority, server };
}
