import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { addInit } from '../../cli/init.ts';
import { loadConfig } from '../../config/load-config.ts';
import { hasCode } from '../errors.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { runHere } from './run-here.ts';

test('init writes a folder that passes check, and a workflow that plans on pull requests', async () => {
  const cwd = await emptyFolder();
  const said = await runHere(
    addInit,
    ['init', 'data', '--connection', 'acme-eu', '--org', 'sandbox'],
    {},
    undefined,
    cwd,
  );
  assert.equal(said.status, 0);
  assert.match(
    said.stdout,
    /wrote data\/acme-eu\.yaml\nwrote data\/README\.md\nwrote \.github\/workflows\/mooring-plan\.yaml/,
  );
  const { connections, diagnostics } = await loadConfig([join(cwd, 'data')]);
  assert.deepEqual(diagnostics, []);
  assert.equal(connections[0]?.salesforce.loginUrl, 'https://test.salesforce.com');
  const workflow = parse(await readFile(join(cwd, '.github/workflows/mooring-plan.yaml'), 'utf8')) as {
    on: { pull_request: { paths: string[] } };
    jobs: { plan: { steps: { run?: string }[] } };
  };
  assert.deepEqual(workflow.on.pull_request.paths, ['data/**']);
  const runs = workflow.jobs.plan.steps.flatMap(({ run }) => run ?? []);
  assert.match(runs.join('\n'), /mooring check data\/ --format github\nnpx mooring plan data\/ --format github/);
});

test('nothing that is there is overwritten, and strange names are refused', async () => {
  const cwd = await emptyFolder();
  const init = (...args: string[]) => runHere(addInit, ['init', ...args], {}, undefined, cwd);
  await init('data', '--connection', 'acme', '--org', 'production');
  await assert.rejects(init('data', '--connection', 'acme', '--org', 'production'), hasCode('USAGE'));
  await assert.rejects(init('more', '--connection', 'Acme!', '--org', 'production'), hasCode('USAGE'));
  await assert.rejects(init('more', '--connection', 'acme', '--org', 'http://example.com'), hasCode('USAGE'));
  await assert.rejects(init('../elsewhere', '--connection', 'acme', '--org', 'production'), hasCode('USAGE'));
});
