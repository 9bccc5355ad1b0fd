import type { API } from '@opensearch-project/opensearch';
import { photoFilter, type PhotoFilter } from '../further/index';
import type { Library } from './library';
import type { Counts, Facets, FilterQuery } from './types';

const widths = [640, 1024, 1920, 3840];
const ranges = widths.map((from) => ({ from, key: String(from) }));
const years = { field: 'taken', calendar_interval: 'year', format: 'yyyy', min_doc_count: 1 };

/** What a filter's values are counted by, and which of its fields is left out meanwhile. */
const counted = {
  orientation: { leaves: ['orientation'], by: { terms: { field: 'orientation', size: 3 } } },
  colour: { leaves: ['colour'], by: { terms: { field: 'colours', size: 11 } } },
  folder: { leaves: ['folder'], by: { terms: { field: 'folder', size: 200 } } },
  year: { leaves: ['takenFrom', 'takenTo'], by: { date_histogram: { ...years, order: { _key: 'desc' } } } },
  minWidth: { leaves: ['minWidth'], by: { range: { field: 'width', keyed: false, ranges } } },
} as const;

interface Bucket {
  key: string | number;
  key_as_string?: string;
  doc_count: number;
}

/**
 * How many photos have each orientation, colour, folder, year and width, among those that fulfil the rest of the filter:
 * what choosing it would find.
 */
export async function facets({ client, index }: Library, query: FilterQuery): Promise<Facets> {
  const filter = query as PhotoFilter;
  const aggs = Object.entries(counted).map(([name, { leaves, by }]) => {
    const others: PhotoFilter = { ...filter };
    for (const field of leaves) others[field] = undefined;
    return [name, { filter: photoFilter(others) ?? { match_all: {} }, aggs: { values: by } }];
  });
  const { body } = await client.search({
    index,
    body: {
      size: 0,
      track_total_hits: true,
      query: { exists: { field: 'embedding' } },
      post_filter: photoFilter(filter),
      aggs: Object.fromEntries(aggs) as API.Search_RequestBody['aggs'],
    },
  });
  const found = body.aggregations as unknown as Record<keyof typeof counted, { values: { buckets: Bucket[] } }>;
  const counts = ([name, { values }]: [string, (typeof found)['year']]): [string, Counts] => [
    name,
    values.buckets
      .filter(({ key, doc_count }) => key !== '' && doc_count > 0)
      .map(({ key, key_as_string, doc_count: count }) => ({ value: key_as_string ?? String(key), count })),
  ];
  const { total } = body.hits;
  return {
    ...(Object.fromEntries(Object.entries(found).map(counts)) as Omit<Facets, 'total'>),
    total: typeof total === 'object' ? total.value : 0,
  };
}
