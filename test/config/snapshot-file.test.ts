import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSnapshot, printSnapshot, snapshotFile } from '../../config/snapshot-file.ts';
import { trimDescribe } from '../../domain/describe.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { describeOf, reference } from '../describes.ts';
import { hasCode } from '../errors.ts';
import { connectionSpec, customJob, field } from '../jobs.ts';

const LEAD = describeOf('Lead', {
  ...{ Name: { type: 'string', label: '\\u00000 "and" \\"more' }, Score__c: { type: 'double', calculated: true } },
  OwnerId: reference('OwnerId', 'Group', 'User'),
});
const SNAPSHOT: Snapshot = {
  ...{ version: 1, takenAt: '2026-11-23T07:00:00.000Z' },
  connections: [
    {
      ...{ name: 'acme', revision: 3, state: 'active' },
      spec: connectionSpec('acme', [customJob('Lead', [field('sfid', 'Id'), field('name', 'Name')])]),
      declaredIn: { repository: 'git.example.com/acme', files: ['mooring/acme.yaml'] },
      org: { apiVersion: '62.0', objects: [LEAD], absent: ['Invoice__c'] },
    },
    { ...{ name: 'new', revision: 1, state: 'awaiting_authorization' }, spec: connectionSpec('new', []) },
  ],
};
const place = { file: 'mooring/snapshot.json', remedy: 'mooring snapshot mooring/' };

test('a snapshot comes back as it was written, with a line for each field and mapping', () => {
  const text = printSnapshot(SNAPSHOT);
  assert.deepEqual(parseSnapshot(text, place), SNAPSHOT);
  const lines = text.split('\n');
  assert.equal(lines.filter((line) => /^ +\{"name":".*\},?$/.test(line)).length, LEAD.fields.length);
  assert.equal(lines.filter((line) => /^ +\{"kind":"field".*\},?$/.test(line)).length, 2);
});

test('what a describe leaves empty is not written, and means the same when it is read', () => {
  const [connection] = SNAPSHOT.connections;
  assert.ok(connection?.org);
  const trimmed = trimDescribe(LEAD);
  const whole = { ...SNAPSHOT, connections: [{ ...connection, org: { ...connection.org, objects: [trimmed] } }] };
  const text = printSnapshot(whole);
  assert.ok(!/"scale"|null|false|""/.test(text.slice(text.indexOf('"objects"'))), text);
  assert.deepEqual(trimDescribe(parseSnapshot(text, place).connections[0]?.org?.objects[0] ?? LEAD), trimmed);
});

test('a file that is no snapshot is refused with the command that writes one', () => {
  const refusal = (text: string): string => {
    try {
      parseSnapshot(text, place);
    } catch (error) {
      assert.ok(hasCode('SNAPSHOT_UNUSABLE')(error));
      return (error as Error).message;
    }
    return assert.fail('it was taken');
  };
  const text = printSnapshot(SNAPSHOT);
  assert.match(
    refusal(`<<<<<<< HEAD\n${text}`),
    /"mooring\/snapshot\.json" is not JSON.*: mooring snapshot mooring\/$/,
  );
  assert.match(refusal(text.replace('"version": 1', '"version": 2')), /has the format "2"/);
  assert.match(refusal('[]'), /has the format "none"/);
  assert.match(refusal(text.replace('"fields"', '"felds"')), /is not as it was written: .*fields/);
});

test('each folder and each environment has a snapshot of its own', () => {
  assert.equal(snapshotFile('mooring/'), 'mooring/snapshot.json');
  assert.equal(snapshotFile('mooring/acme.yaml'), 'mooring/snapshot.json');
  assert.equal(snapshotFile('mooring', 'staging'), 'mooring/snapshot.staging.json');
});
