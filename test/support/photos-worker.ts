// Fetches the photos of a list in a process of its own, until it is killed.
import { readFileSync } from 'node:fs';
import { fetchPhotos } from '../../tools/photos/fetch-photos';
import type { PhotoList } from '../../tools/photos/photo-list';
import { silentProgress } from './silent-progress';

const [listFile = '', folder = '', endpoint = ''] = process.argv.slice(2);
const list = JSON.parse(readFileSync(listFile, 'utf8')) as PhotoList;

void fetchPhotos(list, folder, {
  endpoint,
  progress: silentProgress,
  onNotice: (sentence) => {
    console.error(sentence);
  },
});
