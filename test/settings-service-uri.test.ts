import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServiceUri } from '../workshop/settings/service-uri';

/** The password that would be sent for this URI. */
function passwordOf(uri: string): string | undefined {
  const { credentials } = parseServiceUri(uri);
  const sent = Buffer.from(credentials?.authorization.slice(6) ?? '', 'base64').toString();
  return sent.slice((credentials?.username.length ?? 0) + 1);
}

test('a password arrives as it is, written as it is and percent-encoded', () => {
  const specials = ['#', '/', '?', '%', '@', ':', '+', ' ', '&', '=', ',', 'ü', '#/?%@:', '://', '%zz', '"\'`$\\'];
  for (const password of specials.map((special) => `a${special}b`)) {
    assert.equal(passwordOf(`https://avnadmin:${password}@host.cloud:12345`), password);
    assert.equal(passwordOf(`https://avnadmin:${encodeURIComponent(password)}@host.cloud:12345`), password);
  }
});

test('a URI comes apart into nodes without credentials, host and user; without a user there are no credentials, without a port the usual one is named', () => {
  const { nodes, host, secure, credentials } = parseServiceUri(' https://me@mail.org:pass@my.host:9243/prefix/ ');
  assert.deepEqual([nodes, host, secure], [['https://my.host:9243/prefix'], 'my.host:9243', true]);
  assert.equal(credentials?.username, 'me@mail.org');
  assert.equal(parseServiceUri('http://localhost:9200').credentials, undefined);
  assert.equal(parseServiceUri('https://h').host, 'h:443');
  assert.equal(parseServiceUri('http://[::1]:9200').host, '[::1]:9200');
});

test('several nodes share the credentials, which may be written once', () => {
  const service = parseServiceUri('https://u:a,b@h1:1, https://h2:2,https://u:a,b@h3:3');
  assert.deepEqual(service.nodes, ['https://h1:1', 'https://h2:2', 'https://h3:3']);
  assert.equal(service.credentials?.username, 'u');
  assert.throws(() => parseServiceUri('https://u:a@h1:1,https://u:b@h2:2'), /share one/);
});

const refused: [string, RegExp][] = [
  ['my-service.aivencloud.com:12345', /must begin with https:\/\/.*copy the whole service URI/],
  ['avnadmin:SECRET@my-service.aivencloud.com:12345', /must begin with https:\/\//],
  ['postgres://avnadmin:SECRET@h:1', /not postgres:\/\//],
  ["'https://u:SECRET@h:1", /quotation mark/],
  ['https://avnadmin:SECRET', /not a number from 1 to 65535|no valid host|https:\/\/user:password@host:port/],
  ['https://avnadmin:SECRET@:9200', /no host/],
  ['https://avnadmin@h:1', /no password/],
  ['https://:SECRET@h:1', /no user/],
  ['https://u:SECRET@h:99999', /65535/],
  ['https://u:SECRET@h:1/?x=1', /SERVICE_URI/],
  ['https://u:SECRET@h 1', /SERVICE_URI/],
  ['https://avnadmin:SECRET@your-service.aivencloud.com:12345', /example value/],
  ['https://u:SECRET%41#x@h:1', /is ambiguous.*percent-encoded/],
  ['https://u:SECRET%41%@h:1', /is ambiguous/],
  ['', /must begin/],
  ['https://https://u:SECRET@h:1', /second https:\/\//],
  ['https://http://h:1', /second https:\/\//],
  ['https://u:SECRET@https://h:1', /second https:\/\//],
  ['https://u:SECRET@h1:1;https://u:SECRET@h2:2', /second https:\/\/.*commas/],
  ['https://u:SECRET@h1:1 https://u:SECRET@h2:2', /second https:\/\/.*commas/],
  ['https://u:SECRET@u:SECRET@h:1', /user and password twice/],
  ['https://h.cloud:9200@u:SECRET', /user and password after the host/],
  ['https://u:SECRET@h:9200:9200', /two ports/],
  ['http://[::1]:9200:9200/', /two ports/],
  ['https://u:SECRET@h/prefix:9200', /port after the path/],
  ['https://u:SECRET@h1:1,h2:2', /several nodes: write https:\/\/ before each/],
  ['https://u:SECRET@h:1?pretty', /continues after the address/],
  ['SERVICE_URI=https://u:SECRET@h:1', /holds its own name/],
  ["SERVICE_URI='https://u:SECRET@h:1", /holds its own name/],
];
test('a URI that is no address of a service is refused with a reason, and without the password', () => {
  for (const [uri, reason] of refused) {
    const expected = { name: 'PhotoSearchError', message: reason, stack: /^(?!.*SECRET)/s };
    assert.throws(() => parseServiceUri(uri), expected, uri);
  }
});
