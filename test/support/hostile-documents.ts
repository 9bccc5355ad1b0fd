import type { Client } from '@opensearch-project/opensearch';

/** A string that marks what came from a hostile index, wherever it turns up. */
const flag = 'window.hacked=true';

/** Ways to make a page run something, or to break out of where a text is put. */
const markup = [
  `<script>${flag}</script>`,
  `<img src=x onerror="${flag}">`,
  `"><svg onload="${flag}">`,
  `' onmouseover='${flag}`,
  `</figcaption></figure></div><iframe srcdoc="<script>parent.${flag}</script>"></iframe>`,
  `<style>body{display:none}</style><b>markup</b>`,
  `{{constructor.constructor('${flag}')()}} $\{${flag}} &lt;script&gt;`,
  `$\\href{javascript:${flag}}{maths}$ \\(\\href{javascript:${flag}}{maths}\\)`,
  `$$x$$ \\[y\\] \\begin{align}z\\end{align} from $5 to $6`,
];

/** Documents as a stranger might write them, for an index that is not checked. `trap` is a server's address. */
export function hostileDocuments(trap: string): Record<string, unknown>[] {
  const addresses = [
    '/etc/passwd',
    'photos/../package.json',
    'photos/../../../../../etc/passwd',
    'photos/..%2f..%2fetc/passwd',
    'file:///etc/passwd',
    `${trap}/picture.jpg`,
    `//${new URL(trap).host}/picture.jpg`,
    `javascript:${flag}`,
    `data:text/html,<script>${flag}</script>`,
    'photos/gone.jpg',
    'photos/credits.json',
    'photos/',
    '',
    'x'.repeat(1_000_000),
  ];
  const links = { source_url: `javascript:${flag}`, licence_url: 'file:///etc/passwd' };
  return [
    ...markup.map((text) => ({
      image_url: `photos/${text}.jpg`,
      ...{ title: text, author: text, licence: text },
      ...links,
    })),
    ...addresses.map((image_url) => ({ image_url, title: 'elsewhere', author: 'a', ...links })),
    {},
    { image_url: 5, title: ['a'], author: { b: 1 }, licence: null },
    { title: '\u202egpj.txet', author: '\u0000\u0007\ud83d', licence: '🎈'.repeat(50_000) },
  ];
}

/** Makes an index `hostile` of them, each with the same vector, for the model of `index`. */
export async function makeHostileIndex(client: Client, index: string, hostile: string): Promise<void> {
  const { body: mapped } = await client.indices.getMapping({ index });
  const { _meta, properties: { embedding, image_url } = {} } = mapped[index]?.mappings ?? {};
  // Takes anything that OpenSearch itself takes.
  const properties = { embedding, image_url: { ...image_url, ignore_above: 1000 } };
  const settings = { index: { knn: true } };
  const body = { settings, mappings: { _meta, dynamic: false, properties } } as object;
  await client.indices.create({ index: hostile, body });
  const { body: any } = await client.search({ index, body: { size: 1, _source: ['embedding'] } });
  const vector = (any.hits.hits[0]?._source as { embedding: number[] }).embedding;
  for (const [i, document] of hostileDocuments('http://127.0.0.1:9').entries()) {
    await client.index({ index: hostile, id: `<b>${i}</b>`, body: { ...document, embedding: vector } });
  }
  await client.indices.refresh({ index: hostile });
}
