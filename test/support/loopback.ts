import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import net from 'node:net';
import os from 'node:os';

/** Lets a server listen on the loopback interface, at a free port unless told otherwise. @returns the port */
export async function listen(server: net.Server, port = 0): Promise<number> {
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

/** An address of this machine that others may reach; undefined where it has the loopback interface only. */
export function outsideAddress(): string | undefined {
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}
