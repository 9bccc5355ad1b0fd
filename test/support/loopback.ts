import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import net from 'node:net';
import os from 'node:os';
import type { TestContext } from 'node:test';

/**
 * Lets a server listen on the loopback interface, at a free port unless told otherwise. It ends with this process, which
 * it does not keep from ending. @returns the port
 */
export async function listen(server: net.Server, port = 0): Promise<number> {
  server.on('connection', (socket) => socket.unref()).unref();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return (server.address() as net.AddressInfo).port;
}

/** Ends a server, and with it all connections. */
export async function endServer(server: HttpServer): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** A port of the loopback interface at which nobody listens. */
export async function unusedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await once(server.close(), 'close');
  return port;
}

/** Whether something takes connections there. */
export function connects(host: string, port: number): Promise<boolean> {
  const socket = net.connect(port, host);
  return once(socket, 'connect')
    .then(() => true)
    .catch(() => false)
    .finally(() => socket.destroy());
}

/** Only this machine reaches the port. Skips the test where the machine has no address that others may reach. */
export async function assertLoopbackOnly(t: TestContext, port: number): Promise<void> {
  const addresses = Object.values(os.networkInterfaces()).flatMap((some) => some ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  if (outside === undefined) t.skip('this machine has the loopback interface only');
  else assert.deepEqual([await connects('127.0.0.1', port), await connects(outside, port)], [true, false]);
}
