import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestContext } from './request-error';

/** What a missing answer means: `code` is Node's, such as `ECONNREFUSED`. */
export function explainConnection(error: Error, code: string | undefined, context: RequestContext): string {
  const { host, local, secure, method, path, waited } = context;
  switch (code) {
    case 'ENOTFOUND':
      return (
        `No host has the name in ${host}: check the spelling in SERVICE_URI. ` +
        "A service that is powered off has no address either: start it in your provider's console."
      );
    case 'EAI_AGAIN':
      return `The address of ${host} can't be looked up: is this machine online?`;
    case 'ECONNREFUSED':
      return local
        ? `The workshop's own OpenSearch at ${host} has stopped: run the notebook's connecting cell again, or npm run opensearch -- start.`
        : `Nothing listens at ${host}: is OpenSearch running there, and is the port in SERVICE_URI right?`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `This machine can't reach ${host} (${code}): is it online, and in the right network or VPN?`;
    case 'ETIMEDOUT':
      return (
        `${host} gave no answer to ${method} ${path} in ${seconds(waited)}: ` +
        'is your address among those that the service allows, is a firewall in between, or is the server overloaded?'
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return secure
        ? `${host} closed the connection without an answer: is OpenSearch still starting, or does another program use this port?`
        : `${host} closed the connection without an answer: if this port speaks https, write https:// in SERVICE_URI.`;
    default:
      return (
        (code === undefined ? undefined : explainTls(error.cause as Error, code, context)) ??
        `${method} ${path} did not get through to ${host}: ${error.message}.`
      );
  }
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}

/** What a failed TLS handshake means; undefined if `code` is not one. */
function explainTls(cause: Error, code: string, { host, caCert }: RequestContext): string | undefined {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return caCert === undefined
        ? `The certificate of ${host} comes from an authority that this machine does not know: ` +
            'download the CA certificate of your service, and set CA_CERT to its path.'
        : `The certificate of ${host} does not come from the authority in CA_CERT (${caCert}, ${subject(caCert)}): ` +
            'download the CA certificate of this service.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return (
        `The certificate of ${host} is for other names (${namesIn(cause)}): ` +
        'use one of them as the host in SERVICE_URI.'
      );
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return (
        `The certificate of ${host} ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}: ` +
        `it must be renewed there, or this machine's clock is wrong (it says ${new Date().toISOString().slice(0, 10)}).`
      );
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return /wrong version number|packet length too long/i.test(cause.message)
        ? `${host} does not speak TLS: this port speaks http, so write http:// in SERVICE_URI.`
        : `${host} and this machine could not agree on a TLS connection: ${(cause as { reason?: string }).reason ?? cause.message}.`;
    case 'HPE_INVALID_CONSTANT':
    case 'HPE_INVALID_VERSION':
      return `The server at ${host} does not speak http: check the port in SERVICE_URI, or write https:// there.`;
    default:
      return undefined;
  }
}

function subject(caCert: string): string {
  try {
    return new X509Certificate(readFileSync(caCert)).subject.replaceAll('\n', ', ');
  } catch {
    return 'unreadable';
  }
}

function namesIn(cause: Error & { cert?: { subjectaltname?: string; subject?: { CN?: string } } }): string {
  return cause.cert?.subjectaltname?.replace(/(DNS|IP Address):/g, '') ?? cause.cert?.subject?.CN ?? 'none';
}
