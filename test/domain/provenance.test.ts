import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, type Territory } from '../../domain/provenance.ts';

const declaredIn = { repository: 'github.com/acme/data', files: ['mooring/acme.yaml', 'mooring/jobs/lead.yaml'] };
const territory = (changes: Partial<Territory>): Territory => ({
  ...{ repository: 'github.com/acme/data', files: [], folders: [] },
  ...changes,
});

test('a folder covers what was declared below it, in the same repository', () => {
  assert.equal(covers(territory({ folders: ['mooring'] }), declaredIn), true);
  assert.equal(covers(territory({ folders: [''] }), declaredIn), true, 'the root');
  assert.equal(covers(territory({ folders: ['moor'] }), declaredIn), false);
  assert.equal(covers(territory({ folders: ['mooring'], repository: 'github.com/acme/other' }), declaredIn), false);
  assert.equal(covers(territory({ folders: ['mooring'], repository: null }), declaredIn), false);
});

test('files cover what they name, all of it', () => {
  assert.equal(covers(territory({ files: ['mooring/acme.yaml'] }), declaredIn), false);
  assert.equal(covers(territory({ files: ['mooring/acme.yaml'], folders: ['mooring/jobs'] }), declaredIn), true);
});
