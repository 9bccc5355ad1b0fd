import type { API } from '@opensearch-project/opensearch';
import { photoFilter, type PhotoFilter } from '../further/index';
import type { Library } from './library';
import type { Counts, Facets, SearchQuery } from './types';

const ranges = [640, 1024, 1920, 3840].map((from) => ({ from, key: String(from) }));
const years = { field: 'taken', calendar_interval: 'year', format: 'yyyy', min_doc_count: 1, order: { _key: 'desc' } };
const counted = {
  orientation: { terms: { field: 'orientation', size: 3 } },
  colour: { terms: { field: 'colours', size: 11 } },
  folder: { terms: { field: 'folder', size: 200 } },
  year: { date_histogram: years },
  minWidth: { range: { field: 'width', ranges } },
};
type Counted = keyof typeof counted;

interface Bucket {
  key: string | number;
  key_as_string?: string;
  doc_count: number;
}

/**
 * How many photos have each orientation, colour, folder, year and width, among those that fulfil the rest of the filter:
 * what choosing it would find.
 */
export async function facets({ client, index }: Library, query: SearchQuery): Promise<Facets> {
  const { orientation, colour, folder, minWidth, takenFrom, takenTo } = query;
  const filter = { orientation, colour, folder, minWidth, takenFrom, takenTo } as PhotoFilter;
  const aggregations = Object.entries(counted).map(([name, values]) => {
    const itself = name === 'year' ? { takenFrom: undefined, takenTo: undefined } : { [name]: undefined };
    return [name, { filter: photoFilter({ ...filter, ...itself }) ?? { match_all: {} }, aggs: { values } }];
  });
  const { body } = await client.search({
    index,
    body: {
      size: 0,
      track_total_hits: true,
      query: { bool: { filter: [{ exists: { field: 'embedding' } }] } },
      post_filter: photoFilter(filter),
      aggs: Object.fromEntries(aggregations) as API.Search_RequestBody['aggs'],
    },
  });
  const found = body.aggregations as unknown as Record<Counted, { values: { buckets: Bucket[] } }>;
  const counts = Object.entries(found).map(([name, { values }]): [string, Counts] => {
    const buckets = values.buckets.filter(({ key, doc_count }) => key !== '' && doc_count > 0);
    return [
      name,
      buckets.map(({ key, key_as_string, doc_count }) => ({ value: key_as_string ?? `${key}`, count: doc_count })),
    ];
  });
  const { total } = body.hits;
  const all = { total: typeof total === 'object' ? total.value : NaN };
  return { ...all, ...(Object.fromEntries(counts) as Record<Counted, Counts>) };
}
