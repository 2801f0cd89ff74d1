import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameAncestorsOf } from '../../domain/frame-ancestors.ts';

const PRODUCTION = 'https://login.salesforce.com';

test('the hosts of an org follow from its My Domain', () => {
  assert.deepEqual(frameAncestorsOf('https://acme.my.salesforce.com', PRODUCTION), [
    'https://acme.my.salesforce.com',
    'https://acme.lightning.force.com',
    'https://acme--c.vf.force.com',
    'https://acme.my.salesforce-setup.com',
  ]);
});

test('a sandbox and a developer edition name their kind of org', () => {
  assert.deepEqual(frameAncestorsOf('https://acme--uat.sandbox.my.salesforce.com', 'https://test.salesforce.com'), [
    'https://acme--uat.sandbox.my.salesforce.com',
    'https://acme--uat.sandbox.lightning.force.com',
    'https://acme--uat--c.sandbox.vf.force.com',
    'https://acme--uat.sandbox.my.salesforce-setup.com',
  ]);
  assert.equal(
    frameAncestorsOf('https://acme-dev-ed.develop.my.salesforce.com', PRODUCTION)[2],
    'https://acme-dev-ed--c.develop.vf.force.com',
  );
});

test('another host of Salesforce, or a domain of the company, stands for itself alone', () => {
  assert.deepEqual(frameAncestorsOf('https://na1.salesforce.com', PRODUCTION), ['https://na1.salesforce.com']);
  const own = 'https://crm.acme.example';
  assert.deepEqual(frameAncestorsOf(own, own), [own]);
});

test('a loopback host may frame only when the org is declared on loopback', () => {
  const local = 'http://127.0.0.1:4000';
  assert.deepEqual(frameAncestorsOf(local, local), [local]);
  assert.deepEqual(frameAncestorsOf(local, PRODUCTION), []);
  assert.deepEqual(frameAncestorsOf('https://acme.my.salesforce.com', local), []);
});

test('what is no origin of the org may not frame, and cannot write into the header', () => {
  for (const hostile of [
    '',
    '*',
    'https://evil.example',
    'http://acme.my.salesforce.com',
    'https://acme.my.salesforce.com.evil.example',
    'https://acme.my.salesforce.com; script-src *',
    'https://acme.my.salesforce.com\r\nX-Other: 1',
    'javascript:alert(1)',
  ]) {
    for (const origin of frameAncestorsOf(hostile, PRODUCTION)) {
      assert.match(origin, /^https:\/\/[a-z0-9.-]+\.(salesforce|force|salesforce-setup)\.com$/, hostile);
    }
  }
});
