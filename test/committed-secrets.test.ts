import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Notebook } from '../maintain/notebook-cells';

const root = path.resolve(__dirname, '..');
const skip = existsSync(path.join(root, '.git')) ? false : 'this copy is no git repository';

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' });
}

const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
/** What passwords and tokens look like in what we deal with, with an example. */
const secretSigns: [what: string, sign: RegExp, example: string][] = [
  ['a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]+:[^\s"'\\]+@[\w[]/i, 'https://avnadmin:p#ss@h.example.com:1'],
  ['a password of Aiven', /\bAVNS_[\w-]{10,}/, 'AVNS_abcdefghijklmnop'],
  ['a token of the hub', /\bhf_[A-Za-z0-9]{20,}/, `hf_${'a'.repeat(34)}`],
  ['a token of GitHub', /\b(gh[pousr]_\w{30,}|github_pat_\w{30,})/, `ghp_${'a'.repeat(36)}`],
  ['an authorization', /\bBasic [A-Za-z0-9+/]{12,}={0,2}/, `{ authorization: '${basic}' }`],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/, '-----BEGIN PRIVATE KEY-----'],
  ['a link with a token', /[?&]token=[0-9a-f]{16,}/, `http://127.0.0.1:8888/lab?token=${'0a'.repeat(24)}`],
];

const secretsIn = (text: string) => secretSigns.filter(([, sign]) => sign.test(text)).map(([what]) => what);

test('no committed notebook holds passwords or tokens', { skip }, () => {
  const names = git('ls-files', '*.ipynb').trim().split('\n');
  assert.ok(names.length >= 3, names.join(' '));
  for (const name of names) {
    assert.deepEqual(secretsIn(readFileSync(path.join(root, name), 'utf8')), [], name);
  }
});

test('a notebook with any of these is refused', () => {
  const clean = readFileSync(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8');
  for (const [what, , example] of secretSigns) {
    const notebook = JSON.parse(clean) as Notebook;
    notebook.cells[0]?.source.push(example);
    assert.deepEqual(secretsIn(JSON.stringify(notebook)), [what]);
  }
});

test('.env, and what runs write, is ignored by git, and no .env was ever committed', { skip }, () => {
  for (const name of ['.env', 'out/notebooks.json']) {
    assert.equal(git('check-ignore', name).trim(), name);
  }
  assert.equal(git('log', '--all', '--format=%h', '--', '.env', '**/.env'), '');
});
