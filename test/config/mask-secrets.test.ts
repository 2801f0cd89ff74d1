import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTexts } from '../../config/load-config.ts';
import { maskBlocks, maskSecrets } from '../../config/mask-secrets.ts';

test('a literal secret is masked, however the key is spelt', () => {
  for (const line of [
    'clientSecret: hunter2',
    '  client_secret: "hunter2"',
    "{ clientId: { env: A }, clientSecret: 'hunter2', org: sandbox }",
    'CLIENT-SECRET: hunter2',
    'password = hunter2',
    'refreshToken: hunter2 # for now',
    'clientSecret: { env: hunter2 }',
    'clientSecret: { value: hunter2 }',
    'clientSecret: { hunter2 }',
    'org: https://jane:hunter2@acme.my.salesforce.com',
  ]) {
    const masked = maskSecrets(line);
    assert.ok(!masked.includes('hunter2'), masked);
    assert.equal(masked.length, line.length);
  }
});

test('references, and lines without secrets, are shown as they are', () => {
  for (const line of [
    'clientSecret: { env: ACME_CLIENT_SECRET }',
    'clientId: { file: /run/secrets/acme-client-id }',
    'clientSecret:',
    'salesforce: { clientId: { env: ACME_CLIENT_ID } }',
    'filter: "Type = \'Customer\'"',
    'org: https://acme.my.salesforce.com',
  ]) {
    assert.equal(maskSecrets(line), line);
  }
});

test('a secret on a line of its own is masked when another problem stands there', () => {
  const text = `connection: acme
salesforce:
  clientId: { env: ACME_CLIENT_ID }
  clientSecret: |
    hunter2
  clientSecrets:
    env: hunter2
`;
  const { diagnostics } = loadTexts([{ file: 'acme.yaml', text }]);
  assert.equal(diagnostics.length, 2);
  assert.ok(!JSON.stringify(diagnostics).includes('hunter2'));
});

test('a secret below its key is masked in a file that cannot be parsed, and its surroundings are not', () => {
  for (const secret of ['"hunter2 \\q"', 'hunter2: x: y', '{ env: hunter2, \t: : }', '- hunter2\n   - : *']) {
    const text = `connection: acme\nsalesforce:\n  clientId: { env: ACME_CLIENT_ID }\n  client_secret: # pasted\n    ${secret}\n`;
    const { diagnostics } = loadTexts([{ file: 'acme.yaml', text }]);
    assert.ok(diagnostics.length > 0, secret);
    assert.ok(!JSON.stringify(diagnostics).includes('hunter2'), JSON.stringify(diagnostics));
  }
  const lines = ['clientSecret: |', '    hunter2', '', '    more', 'schema: model', 'clientId:', '    env: ACME_ID'];
  assert.deepEqual(maskBlocks(lines.join('\n')).split('\n'), [
    ...['clientSecret: |', '***********', '', '********', 'schema: model', 'clientId:', '    env: ACME_ID'],
  ]);
});
