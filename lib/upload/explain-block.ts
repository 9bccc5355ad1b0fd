/**
 * What it means that OpenSearch blocks an index or the whole cluster: mostly a full disk, which it reports with the
 * statuses 403 and 429 as if it were about permissions or load. Undefined if `reasons` tell of no block.
 */
export function explainBlock(reasons: string, path: string): string | undefined {
  const [, block] = /blocked by: \[([^\]]*)\]/.exec(reasons) ?? [];
  if (block === undefined) return undefined;
  const [, named] = /index \[([^\]]+)\] blocked/.exec(reasons) ?? [];
  const index = named ?? path.split('/')[1] ?? '_all';
  if (/create-index blocked/.test(block)) {
    return (
      'OpenSearch makes no new index because its disk is more than 90 % full (this is not about permissions): ' +
      'free some space where it runs, and try again.'
    );
  }
  if (/read-only-allow-delete|disk usage exceeded/i.test(block)) {
    return (
      `Index '${index}' takes no documents because the disk of OpenSearch is more than 95 % full: ` +
      'free some space where it runs; it lifts this block by itself below 90 %.'
    );
  }
  return (
    `Index '${index}' is blocked: ${block}. Whoever set it lifts it with ` +
    `PUT ${index}/_settings { "index.blocks.write": null, "index.blocks.read_only": null }.`
  );
}
