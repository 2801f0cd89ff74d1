import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
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
  assert.ok(!runs.join().includes('--offline'), 'which is offered in a comment');
});

const init = (cwd: string, args: readonly string[], ask?: (question: string) => Promise<string>) =>
  runHere(addInit, ['init', ...args], {}, undefined, cwd, ask);

test('what is not said is asked, and an empty answer takes what most people want', async () => {
  const cwd = await emptyFolder();
  const asked: string[] = [];
  const answers = ['acme-eu', ''];
  await init(cwd, [], async (question) => {
    asked.push(question);
    return answers.shift() ?? assert.fail(`There was nothing more to ask: ${question}`);
  });
  assert.match(asked.join('\n'), /^Name of the connection \(acme\): \nOrg: .* \(production\): $/);
  const { connections } = await loadConfig([join(cwd, 'mooring')]);
  assert.deepEqual(
    connections.map(({ name, salesforce: { loginUrl } }) => [name, loginUrl]),
    [['acme-eu', 'https://login.salesforce.com']],
  );
});

test('where nobody can be asked, what most people want is written', async () => {
  const cwd = await emptyFolder();
  assert.match((await init(cwd, [])).stdout, /^wrote mooring\/acme\.yaml/);
});

test('nothing that is there is overwritten, and nothing is written beside it', async () => {
  const cwd = await emptyFolder();
  await init(cwd, ['data']);
  const before = await readFile(join(cwd, 'data', 'acme.yaml'), 'utf8');
  await assert.rejects(init(cwd, ['data', '--org', 'sandbox']), hasCode('USAGE'));
  assert.equal(await readFile(join(cwd, 'data', 'acme.yaml'), 'utf8'), before);
  await assert.rejects(init(cwd, ['more']), { message: /^"\.github\/workflows\/mooring-plan\.yaml" is there already/ });
  assert.deepEqual((await readdir(cwd)).sort(), ['.github', 'data']);
});

for (const [what, args, words] of [
  ['a name with odd letters', ['--connection', 'Acme!'], /^"Acme!" is no name of a connection/],
  ['an org that is not encrypted', ['--org', 'http://example.com'], /is not encrypted/],
  ['a folder elsewhere', ['../elsewhere'], /^"\.\.\/elsewhere" is not a folder below this one/],
] as const) {
  test(`${what} is refused before anything is written`, async () => {
    const cwd = await emptyFolder();
    await assert.rejects(init(cwd, args), { code: 'USAGE', message: words });
    assert.deepEqual(await readdir(cwd), []);
  });
}
