import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustedOrigin } from '../../domain/instance-url.ts';

const login = 'https://login.salesforce.com';

test('hosts of Salesforce are trusted, and the host the connection names', () => {
  assert.equal(trustedOrigin('https://acme.my.salesforce.com', login), 'https://acme.my.salesforce.com');
  assert.equal(
    trustedOrigin('https://acme--dev.sandbox.my.salesforce.com/', login),
    'https://acme--dev.sandbox.my.salesforce.com',
  );
  assert.equal(trustedOrigin('https://crm.acme.example', 'https://crm.acme.example'), 'https://crm.acme.example');
});

test('nothing else is', () => {
  for (const told of [
    'http://acme.my.salesforce.com',
    'https://salesforce.com.evil.example',
    'https://evilsalesforce.com',
    'https://evil.example/acme.my.salesforce.com',
    'https://acme.my.salesforce.com@evil.example',
    'https://user@acme.my.salesforce.com',
    'https://acme.my.salesforce.com:8443',
    'https://127.0.0.1',
    'http://localhost:80',
    'javascript:alert(1)',
    '',
  ]) {
    assert.equal(trustedOrigin(told, login), undefined, told);
  }
});

test('loopback is trusted only for an org declared on loopback, and then nothing else is', () => {
  const local = 'http://127.0.0.1:4000';
  assert.equal(trustedOrigin('http://127.0.0.1:4001', local), 'http://127.0.0.1:4001');
  assert.equal(trustedOrigin('http://acme.localhost:4000', local), 'http://acme.localhost:4000');
  assert.equal(trustedOrigin('http://[::1]:4000', local), 'http://[::1]:4000');
  assert.equal(trustedOrigin('https://acme.my.salesforce.com', local), undefined);
  assert.equal(trustedOrigin('http://127.0.0.1.evil.example', local), undefined);
  assert.equal(trustedOrigin('http://localhost.evil.example', local), undefined);
});
