import type { API } from '@opensearch-project/opensearch';
import { folderCounts, photoFilter } from '../further/index';
import type { Library } from './library';
import type { Facets, PhotoConditions } from './types';

const mostFolders = 200;
const ranges = [640, 1024, 1920, 3840].map((from) => ({ from, key: String(from) }));
const years = { field: 'taken', calendar_interval: 'year', format: 'yyyy', min_doc_count: 1, order: { _key: 'desc' } };
/** What is counted: all folders, since the photos of one are also those of the folders above it. */
const counted = {
  orientation: { terms: { field: 'orientation', size: 3 } },
  colour: { terms: { field: 'colours', size: 11 } },
  folder: { terms: { field: 'folder', size: 10_000 } },
  year: { date_histogram: years },
  minWidth: { range: { field: 'width', ranges } },
};

/** One of `counted`, as OpenSearch answers it. */
interface Counted {
  doc_count: number;
  values: { buckets: { key: string | number; key_as_string?: string; doc_count: number }[] };
}

/** How many photos each choice of orientation, colour, folder or width would find, and how many each year has. */
export async function facets({ client, index }: Library, conditions: PhotoConditions): Promise<Facets> {
  const filterWithout = (...names: string[]) => {
    const others = Object.entries(conditions).filter(([name]) => !names.includes(name));
    return photoFilter(Object.fromEntries(others)) ?? { match_all: {} };
  };
  const parts = Object.entries(counted).map(([name, values]) => {
    const itself = name === 'year' ? ['takenFrom', 'takenTo'] : [name];
    return [name, { filter: filterWithout(...itself), aggs: { values } }];
  });
  const aggs = { ...Object.fromEntries(parts), total: { filter: filterWithout() } } as API.Search_RequestBody['aggs'];
  const { body } = await client.search({ index, body: { size: 0, query: { exists: { field: 'embedding' } }, aggs } });
  const { total, ...found } = body.aggregations as unknown as Record<keyof Facets, Counted>;
  const counts = Object.entries(found).map(([name, { values }]) => {
    const buckets = values.buckets.filter(({ key, doc_count }) => key !== '' && doc_count > 0);
    return [name, buckets.map(({ key, key_as_string: value = `${key}`, doc_count: count }) => ({ value, count }))];
  });
  const answer = { total: total.doc_count, ...Object.fromEntries(counts) } as Facets;
  const folders = folderCounts(answer.folder);
  return { ...answer, folder: folders.slice(0, mostFolders), folders: folders.length };
}
