import http from 'node:http';

/** The part of a node's answers that we look at. */
export interface NodeAnswer {
  status: number;
  clusterName?: string;
}

/**
 * One GET request; undefined if nobody answers within `timeoutMs`. Not `fetch`, which a proxy setting may lead
 * astray from the loopback interface.
 */
export async function askNode(url: string, timeoutMs: number): Promise<NodeAnswer | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', () => {
        resolve(undefined);
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, clusterName: clusterNameIn(body) });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(undefined);
    });
  });
}

function clusterNameIn(body: string): string | undefined {
  try {
    const answer = JSON.parse(body) as { cluster_name?: unknown } | null;
    return typeof answer?.cluster_name === 'string' ? answer.cluster_name : undefined;
  } catch {
    return undefined;
  }
}
