import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTexts } from '../../config/load-config.ts';

const load = (text: string) => {
  const { connections, diagnostics } = loadTexts([
    { file: 'acme.yaml', text: `connection: acme\nsalesforce: { clientId: { env: ACME } }\n${text}` },
  ]);
  return {
    spec: connections[0],
    problems: diagnostics.map(({ severity, line, message }) => `${line} ${severity}: ${message}`),
  };
};

test('jobs and chains say how what they come after must have ended; what is not said is absent', () => {
  const { spec, problems } = load(`
jobs: { company-sync: { onDependency: success } }
chains: { nightly: { schedule: { daily: "02:00" }, jobs: [user-sync, company-sync], onDependency: any } }
---
job: lead-sync
connection: acme
source: { object: Lead }
target: { table: lead }
map: { sfid: Id }
upsertKey: [sfid]
after: [company-sync]
onDependency: any
`);
  assert.deepEqual(problems, []);
  const said = spec?.jobs.flatMap((job) => (job.onDependency === undefined ? [] : [[job.name, job.onDependency]]));
  assert.deepEqual(said, [
    ['company-sync', 'success'],
    ['lead-sync', 'any'],
  ]);
  assert.equal(spec?.chains[0]?.onDependency, 'any');
  assert.ok(!('onDependency' in (load('').spec?.jobs[0] ?? assert.fail())));
});

test('another word is refused with those that are accepted, and a condition on nothing is pointed out', () => {
  const { problems } = load('jobs: { company-sync: { onDependency: partial_success } }\n');
  assert.match(problems[0] ?? '', /^3 error: .*"partial_success".*"success".*"partial".*"any"/);
  assert.match(
    load('jobs: { picklist-sync: { onDependency: any } }\n').problems[0] ?? '',
    /^3 warning: Job "picklist-sync" comes after no other job, so "onDependency" decides nothing\./,
  );
});
