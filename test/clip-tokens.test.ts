import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { PreTrainedTokenizer } from '@xenova/transformers';
import { openTokenizer, tokenIds } from '../lib/tokens';
import { fixtures, models, realTokenizer, reference } from './support/clip-fixtures';

function assertSameIds(
  tokenizer: PreTrainedTokenizer,
  vocabulary: keyof typeof reference.ids,
  maxTokens: number,
): void {
  const expected = reference.ids[vocabulary];
  assert.equal(expected.length, reference.texts.length);
  reference.texts.forEach((text, i) => {
    assert.deepEqual(tokenIds(tokenizer, text, maxTokens), expected[i], JSON.stringify(text));
  });
}

test('all texts have the token ids of Python, with the real vocabulary', async (t) => {
  assert.ok(reference.texts.length >= 200, `only ${reference.texts.length} texts`);
  assertSameIds(await realTokenizer(t), 'clip', 77);
});

for (const model of models) {
  test(`all texts have the token ids of Python, with the vocabulary of ${model}`, async () => {
    const folder = path.join(fixtures, model);
    const tokenizer = await openTokenizer(folder);
    assertSameIds(tokenizer, model, model === 'tiny96' ? 64 : 77);
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
