import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { tokenIds, unreadWords, unreadWordsNotice } from '../lib/tokens';
import { photoSearch } from '../further/combinations/photo-search';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { uploadPhotos } from '../lib/upload';
import { builtInClip } from './support/built-in-clip';
import { openModel, realTokenizer } from './support/clip-fixtures';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';

test('with the real vocabulary, a text of 77 tokens is read to its end, and of a longer one the rest is named', async (t) => {
  const tokenizer = await realTokenizer(t);
  const unread = (text: string) => unreadWords(tokenizer, text, 77);
  // Each is one token; start and end token take two of the 77.
  assert.equal(unread('cat '.repeat(75)), '');
  assert.equal(unread(`${'cat '.repeat(75)}dog`), 'dog');
  assert.equal(unread(`${'cat '.repeat(74)}dog bird  fish`), 'bird  fish');
  assert.equal(unread(''), '');
});

test('a word that is read in part only counts as not read, and Chinese is cut between its words', async (t) => {
  const tokenizer = await realTokenizer(t);
  const long = 'pneumonoultramicroscopicsilicovolcanoconiosis';
  assert.equal(unreadWords(tokenizer, `${'cat '.repeat(72)}${long} dog`, 77), `${long} dog`);

  const chinese = '红色的花在湖边'.repeat(20);
  const rest = unreadWords(tokenizer, chinese, 77);
  assert.ok(rest !== '' && rest.length < chinese.length && chinese.endsWith(rest));
  const read = chinese.slice(0, chinese.length - rest.length);
  assert.ok(tokenIds(tokenizer, read, Infinity).length <= 77);
});

test('the limit is the model’s own', async (t) => {
  const notices: string[] = [];
  const notice = (sentence: string) => notices.push(sentence);
  const text = 'a '.repeat(70) + 'lighthouse';
  await (await openModel(t, 'tiny96')).embedText(text, { notice });
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /^The model reads at most 64 tokens .*Not read: "a a .*lighthouse"\.$/);
  await (await openModel(t, 'tiny96')).embedTexts(['short', text], { notice });
  assert.equal(notices.length, 2);
});

test('a very long rest is quoted by its beginning and its length, in one line', () => {
  const sentence = unreadWordsNotice('word\n'.repeat(400), 77);
  assert.ok(sentence.length < 400 && !sentence.includes('\n'));
  assert.match(sentence, /word word .*…" \(2,000 characters\)\.$/);
});

test('a search says which words were not read, in its sentence', async (t) => {
  const client = await testClient();
  const clip = await builtInClip();
  t.after(() => clip.dispose());
  const index = await emptyPhotoIndex(t, client, clip.identity);
  const photosDir = path.join(repositoryRoot, 'photos');
  const { photos } = await findPhotos(photosDir);
  await uploadPhotos(client, { index, clip, photos: photos.slice(0, 12), progress: silentProgress });
  const search = photoSearch(clip, client, { index, photosDir });
  // Longer than any CLIP's context, with its end well behind it.
  const longText = `${'red flowers '.repeat(40)}beside a lighthouse`;
  assert.match((await search({ text: longText })).sentence, /Not read: ".*beside a lighthouse"\.$/);
  assert.match((await search({ text: 'red', minus: longText })).sentence, /Not read: ".*lighthouse"\.$/);
  assert.doesNotMatch((await search({ text: 'red flowers' })).sentence, /Not read/);
});
