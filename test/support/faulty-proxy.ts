import http from 'node:http';
import { text } from 'node:stream/consumers';
import { endServer, listen } from './loopback';

interface ProxiedRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: string;
}

/** What goes wrong with a request. The server has acted on it where the fault lies in its answer. */
export type Fault =
  | { answer: number; body?: string; headers?: Record<string, string> }
  /** The connection is cut before the request reaches the server. */
  | 'reset'
  /** The server acts on the request, and its answer is cut off in the middle. */
  | 'cut answer'
  /** The server acts on the request, and no answer comes. */
  | 'no answer'
  /** Of a bulk request, the operations with these ids are answered with 429 instead of being sent on. */
  | { busyIds: Set<string> };

/** A loopback proxy before the server at `target` which fails as `fault` says, asked for each request. */
export async function startFaultyProxy(target: string, fault: (request: ProxiedRequest) => Fault | undefined) {
  const requests: ProxiedRequest[] = [];
  const server = http.createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  async function handle(incoming: http.IncomingMessage, outgoing: http.ServerResponse) {
    let body = await text(incoming);
    const url = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    const request = { method, path: url.split('?')[0] ?? '', body };
    requests.push(request);
    const wrong = fault(request);
    if (wrong === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof wrong === 'object' && 'answer' in wrong) {
      outgoing.writeHead(wrong.answer, { 'content-type': 'application/json', ...wrong.headers });
      outgoing.end(wrong.body ?? '');
      return;
    }
    const held = typeof wrong === 'object' ? holdBack(body, wrong.busyIds) : undefined;
    body = held?.body ?? body;
    const answer =
      held && body === ''
        ? { status: 200, body: '{"took":0,"errors":true,"items":[]}' }
        : await forward(target + url, method, body);
    if (wrong === 'no answer') return;
    const answered = held ? held.complete(answer.body) : answer.body;
    const length = { 'content-length': Buffer.byteLength(answered) };
    outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...length });
    if (wrong === 'cut answer') {
      outgoing.write(answered.slice(0, answered.length / 2), () => outgoing.destroy());
    } else outgoing.end(answered);
  }
  return { url: `http://127.0.0.1:${await listen(server)}`, requests, close: () => endServer(server) };
}

async function forward(url: string, method: string, body: string): Promise<{ status: number; body: string }> {
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
  const response = await fetch(url, { method, headers, ...(body !== '' && { body }) });
  return { status: response.status, body: await response.text() };
}

type Item = Record<string, { _id: string; status: number; error?: object }>;

/** Takes operations out of a bulk request, and puts a 429 for each into the answer to the rest. */
function holdBack(body: string, busyIds: Set<string>) {
  const lines = body.split('\n').filter((line) => line !== '');
  const rest: string[] = [];
  const busy: (Item | undefined)[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const [[action, { _id }] = ['', { _id: '' }]] = Object.entries(JSON.parse(line) as Record<string, { _id: string }>);
    const operation = action === 'delete' ? [line] : [line, lines[++at] ?? ''];
    if (!busyIds.has(_id)) {
      rest.push(...operation);
      busy.push(undefined);
      continue;
    }
    // As a node with a full queue answers.
    const reason = 'rejected execution of coordinating operation [queue is full]';
    const error = { type: 'rejected_execution_exception', reason };
    busy.push({ [action]: { _id, status: 429, error } });
  }
  return {
    body: rest.map((line) => `${line}\n`).join(''),
    complete(answer: string): string {
      const parsed = JSON.parse(answer) as { items: Item[]; errors: boolean };
      const answered = parsed.items.values();
      const items = busy.map((item) => item ?? (answered.next().value as Item));
      return JSON.stringify({ ...parsed, errors: true, items });
    },
  };
}
