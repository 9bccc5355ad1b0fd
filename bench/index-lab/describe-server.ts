import type { Client } from '@opensearch-project/opensearch';

/** What the server's speed depends on, as far as it says: a managed one might not. */
export async function describeServer(client: Client): Promise<Record<string, string>> {
  const { body } = await client.info();
  const server: Record<string, string> = { OpenSearch: body.version.number };
  const nodes = await client.nodes.info({ metric: ['jvm'] }).catch(() => undefined);
  for (const { jvm } of Object.values(nodes?.body.nodes ?? {})) {
    if (!jvm) continue;
    const { input_arguments: options = [], version } = jvm;
    const has = (option: string) => options.some((one) => one.includes(option));
    server.Java =
      `${version} ${has('jdk.incubator.vector') ? 'with' : 'without'} vector instructions` +
      (has('TieredStopAtLevel=1') ? ', first compiler only' : '');
  }
  return server;
}
