import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import net from 'node:net';

/** A certificate and its private key, both in PEM. */
export interface Certificate {
  name: string;
  certificate: string;
  key: string;
  privateKey: KeyObject;
}

export interface CertificateOptions {
  /** The common name. */
  name: string;
  /** Host names and IPv4 addresses that it is made out to. */
  hosts?: string[];
  /** Who signs it; itself if left out. */
  authority?: Certificate;
  from?: Date;
  until?: Date;
}

const day = 24 * 3600 * 1000;

/**
 * Makes an X.509 certificate (RFC 5280) with a new P-256 key, in ASN.1's DER encoding. Node can make keys and sign but
 * writes no certificates, and the tests are to need nothing but Node and Python.
 */
export function makeCertificate({ name, hosts, authority, from, until }: CertificateOptions): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])), // serial number
    ecdsaWithSha256,
    commonName(authority?.name ?? name),
    sequence(time(from ?? new Date(Date.now() - day)), time(until ?? new Date(Date.now() + 30 * day))),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(hosts ? alternativeNames(hosts) : basicConstraintsOfAuthority)),
  );
  const signature = sign('sha256', toBeSigned, authority?.privateKey ?? privateKey);
  const der = sequence(toBeSigned, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), signature));
  return {
    name,
    certificate: pem(der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
  };
}

/** An authority, and a certificate for localhost and 127.0.0.1 signed by it. */
export function makeAuthorityAndServer(name = 'test authority'): {
  authority: Certificate;
  server: Certificate;
} {
  const authority = makeCertificate({ name });
  const server = makeCertificate({
    name: 'localhost',
    hosts: ['localhost', '127.0.0.1'],
    authority,
  });
  return { authority, server };
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

const sequence = (...contents: Buffer[]): Buffer => tagged(0x30, ...contents);
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const objectId = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => tagged(0x04, content);
const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from(name)))));
}

/** As GeneralizedTime, YYYYMMDDHHMMSSZ. */
function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}

function alternativeNames(hosts: string[]): Buffer {
  const names = hosts.map((host) =>
    net.isIPv4(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
  );
  return sequence(objectId('551d11'), octets(sequence(...names)));
}

const critical = tagged(0x01, Buffer.from([0xff]));
const basicConstraintsOfAuthority = sequence(
  objectId('551d13'),
  critical,
  octets(sequence(tagged(0x01, Buffer.from([0xff])))),
);
