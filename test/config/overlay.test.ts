import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTexts } from '../../config/load-config.ts';

const BASE = `connection: acme
salesforce: { org: production, clientId: { env: ACME_CLIENT_ID }, apiVersion: "61.0" }
notify: { failure: [team@example.com] }
jobs:
  company-sync:
    map: { arr: ARR__c, region: { from: BillingState, type: text } }
    schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }
---
job: lead-sync
connection: acme
source: { object: Lead, filter: "IsConverted = false" }
target: { table: lead }
map: { sfid: Id, name: Name }
upsertKey: [sfid]
schedule: { every: 1h }
`;
const STAGING = `environment: staging
connection: acme
salesforce: { org: sandbox, clientId: { file: /run/secrets/client-id } }
schema: staging
jobs:
  company-sync:
    map: { region: { value: none }, health: Health__c }
    schedule: { every: 1d }
---
environment: staging
job: lead-sync
connection: acme
source: { object: Lead__c }
schedule: null
`;

const load = (overlay: string, environment?: string) =>
  loadTexts(
    [
      { file: 'acme.yaml', text: BASE },
      { file: 'staging.yaml', text: overlay },
    ],
    { environment },
  );

test('an environment changes what it says and nothing else', () => {
  const { connections, diagnostics } = load(STAGING, 'staging');
  assert.deepEqual(diagnostics, []);
  const [acme] = connections;
  assert.ok(acme);
  assert.equal(acme.schema, 'staging');
  assert.deepEqual(acme.salesforce, {
    ...{ loginUrl: 'https://test.salesforce.com', clientId: { file: '/run/secrets/client-id' }, apiVersion: '61.0' },
  });
  assert.deepEqual(acme.notify.failure, ['team@example.com']);
  const company = acme.jobs.find(({ name }) => name === 'company-sync');
  assert.ok(company);
  assert.deepEqual(company.schedule, { every: '1d' });
  const mapped = (target: string) => company.mappings.find((mapping) => mapping.target === target);
  assert.equal(mapped('arr')?.kind, 'field');
  assert.equal(mapped('health')?.kind, 'field');
  assert.equal(mapped('region')?.kind, 'constant');
  const lead = acme.jobs.find(({ name }) => name === 'lead-sync');
  assert.deepEqual([lead?.source, lead?.schedule], [{ object: 'Lead__c', filter: 'IsConverted = false' }, undefined]);
});

test('without an environment its documents are left out', () => {
  const { connections, diagnostics, environments } = load(STAGING);
  assert.deepEqual([diagnostics, environments], [[], ['staging']]);
  assert.equal(connections[0]?.schema, 'model');
});

test('problems stand where the value is written, in the overlay or below it', () => {
  const places = (overlay: string): string[] =>
    load(overlay, 'staging').diagnostics.map(({ file, line, message }) => `${file}:${line} ${message.slice(0, 31)}`);
  assert.deepEqual(places('environment: staging\nconnection: acme\nschema: Staging\n'), [
    'staging.yaml:3 "Staging" is not accepted for "',
  ]);
  assert.deepEqual(places('environment: staging\njob: lead-sync\nconnection: acme\nupsertKey: [id]\n'), [
    'staging.yaml:4 The upsert key "id" is not amon',
  ]);
  assert.deepEqual(places('environment: staging\njob: lead-sync\nconnection: acme\nmap: { sfid: { value: 1 } }\n'), [
    'acme.yaml:14 The upsert key "sfid" is a cons',
  ]);
});

test('what an environment changes must be there, and so must the environment', () => {
  const said = (overlay: string, environment = 'staging'): string =>
    load(overlay, environment)
      .diagnostics.map(({ message }) => message)
      .join('\n');
  assert.match(
    said('environment: staging\nconnection: acne\nschema: x\n'),
    /declares the connection "acne", so there is nothing/,
  );
  assert.match(said('environment: staging\nschema: x\n'), /says neither "connection:" nor "job:"/);
  assert.match(said(STAGING, 'stagging'), /No document is for the environment "stagging"\. Did you mean "staging"\?/);
});
