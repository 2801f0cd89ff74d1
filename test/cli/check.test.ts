import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder } from '../support/empty-folder.ts';
import { runCli } from './run-cli.ts';

const GOOD = `connection: acme
salesforce:
  org: production
  clientId: { env: ACME_CLIENT_ID }
  clientSecret: { env: ACME_CLIENT_SECRET }
`;
const BAD = `connection: acme
salesforce:
  org: production
  clientId: "3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3X"
  clientSecret: { env: ACME_CLIENT_SECRET }
jobz: {}
`;

const cwd = await emptyFolder();
for (const [folder, text] of [
  ['good', GOOD],
  ['bad', BAD],
] as const) {
  await mkdir(join(cwd, folder));
  await writeFile(join(cwd, folder, 'acme.yaml'), text);
}

test('a good folder has no errors', async () => {
  const { status, stdout, stderr } = await runCli(['check', 'good/'], { cwd });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^1 connection, 6 jobs: no errors\.\n$/);
});

test('every problem of a bad folder stands on a line with file, line and column', async () => {
  const { status, stdout, stderr } = await runCli(['check', 'bad/'], { cwd });
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /bad\/acme\.yaml:4:\d+ /);
  assert.match(stderr, /bad\/acme\.yaml:6:1 .*"?jobz"?/);
  assert.doesNotMatch(stderr, /3MVG9/, 'a literal secret is not repeated');
});

test('problems as JSON are for programs', async () => {
  const { status, stdout, stderr } = await runCli(['check', 'bad/', '--format', 'json'], { cwd });
  assert.deepEqual([status, stderr], [1, '']);
  const { errors, diagnostics: problems } = JSON.parse(stdout) as {
    errors: number;
    diagnostics: readonly Record<string, unknown>[];
  };
  assert.equal(errors, 2);
  assert.equal(problems.length, 2);
  for (const { file, line, column, severity, message } of problems) {
    assert.deepEqual(
      [typeof file, typeof line, typeof column, typeof severity, typeof message],
      ['string', 'number', 'number', 'string', 'string'],
    );
  }
  const good = await runCli(['check', 'good/', '--format', 'json'], { cwd });
  assert.deepEqual([good.status, JSON.parse(good.stdout)], [0, { errors: 0, diagnostics: [] }]);
});

test('problems for GitHub become annotations', async () => {
  const { status, stdout } = await runCli(['check', 'bad/', '--format', 'github'], { cwd });
  assert.equal(status, 1);
  for (const line of stdout.trim().split('\n')) assert.match(line, /^::error file=.*acme\.yaml,line=\d+,col=\d+.*::.+/);
});

test('a folder that is not there, and one without YAML, are problems too', async () => {
  await mkdir(join(cwd, 'empty'));
  for (const folder of ['nowhere', 'empty']) {
    const { status, stderr } = await runCli(['check', folder], { cwd });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(folder));
    assert.doesNotMatch(stderr, /\n\s+at |ENOENT:/);
  }
});

test('apply refuses a bad folder with the same words before it touches anything', async () => {
  const checked = await runCli(['check', 'bad/'], { cwd });
  const applied = await runCli(['apply', 'bad/'], { cwd });
  assert.equal(applied.status, 1);
  assert.equal(applied.stderr, checked.stderr);
});
