import http from 'node:http';

/** What a node answers to a request. */
interface NodeAnswer {
  status: number;
  /** As JSON; undefined if it is something else. */
  body: unknown;
}

/**
 * One request without a body; undefined if nobody answers within `timeoutMs`. Not `fetch`, which a proxy setting may lead
 * astray from the loopback interface.
 */
export async function askNode(
  url: string,
  timeoutMs: number,
  method: 'GET' | 'DELETE' = 'GET',
): Promise<NodeAnswer | undefined> {
  return new Promise((resolve) => {
    const request = http.request(url, { method, agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', () => {
        resolve(undefined);
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: parsed(body) });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(undefined);
    });
    request.end();
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
