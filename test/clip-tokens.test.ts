import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { openTokenizer, tokenIds } from '../lib/tokens';
import { fixtures, models, realTokenizer, reference } from './support/clip-fixtures';

for (const vocabulary of ['clip', ...models] as const) {
  test(`all texts have the token ids of Python, with the vocabulary of ${vocabulary}`, async (t) => {
    const isReal = vocabulary === 'clip';
    const tokenizer = isReal ? await realTokenizer(t) : await openTokenizer(path.join(fixtures, vocabulary));
    assert.ok(reference.texts.length >= 200, `only ${reference.texts.length} texts`);
    const ids = reference.texts.map((text) => tokenIds(tokenizer, text, vocabulary === 'tiny96' ? 64 : 77));
    assert.deepEqual(ids, reference.ids[vocabulary]);
  });
}

test('texts of 77, 78 and 500 tokens keep their first 76 tokens and the end token', async (t) => {
  const tokenizer = await realTokenizer(t);
  const cat = (count: number) => tokenIds(tokenizer, 'cat '.repeat(count), 77);
  const [start, word, end] = cat(1);
  for (const tokens of [77, 78, 500]) {
    assert.deepEqual(cat(tokens - 2), [start, ...Array<unknown>(75).fill(word), end]);
  }
  assert.equal(cat(74).length, 76);
});
