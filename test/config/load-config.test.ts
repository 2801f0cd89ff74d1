import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import type { JobSpec, MappingSpec } from '../../domain/job-spec.ts';
import { catalogJobs } from '../../config/catalog.ts';
import { loadConfig, loadTexts } from '../../config/load-config.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const CONNECTION = 'connection: acme\nsalesforce: { clientId: { env: ACME_CLIENT_ID } }\n';

/** The only connection of a text that must have no problem. */
function load(text: string): ConnectionSpec {
  const { connections, diagnostics } = loadTexts([{ file: 'acme.yaml', text }]);
  assert.deepEqual(diagnostics, []);
  assert.equal(connections.length, 1);
  return connections[0] ?? assert.fail();
}

const jobOf = (connection: ConnectionSpec, name: string): JobSpec =>
  connection.jobs.find((job) => job.name === name) ?? assert.fail(`no job ${name}`);

const mappingOf = (job: JobSpec, target: string): MappingSpec | undefined =>
  job.mappings.find((mapping) => mapping.target === target);

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-config-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the examples have no problem', async () => {
  const { connections, diagnostics } = await loadConfig([EXAMPLES]);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    connections.map(({ name, jobs }) => [name, jobs.length]),
    [['acme', 7]],
  );
});

test('the smallest connection has the six jobs as they are in the catalog, and every default', () => {
  assert.deepEqual(load(CONNECTION), {
    name: 'acme',
    salesforce: {
      loginUrl: 'https://login.salesforce.com',
      clientId: { env: 'ACME_CLIENT_ID' },
      apiVersion: '62.0',
    },
    schema: 'model',
    companyResolution: [{ account: 'Id', company: 'sfdc_account_id' }],
    notify: { success: [], failure: [] },
    jobs: catalogJobs(),
    chains: [],
  });
});

test('what was loaded is plain data: it survives a JSON column unchanged', async () => {
  const { connections } = await loadConfig([EXAMPLES]);
  assert.deepEqual(JSON.parse(JSON.stringify(connections)), connections);
});

test('a connection says where its org is', () => {
  const loginUrl = (org: string): unknown =>
    load(`connection: acme\nsalesforce: { org: ${org}, clientId: { file: /run/secrets/id } }\n`).salesforce.loginUrl;
  assert.equal(loginUrl('production'), 'https://login.salesforce.com');
  assert.equal(loginUrl('sandbox'), 'https://test.salesforce.com');
  assert.equal(loginUrl('https://Acme.my.salesforce.com/'), 'https://acme.my.salesforce.com');
  assert.equal(loginUrl('http://localhost:8080'), 'http://localhost:8080');
  assert.equal(loginUrl('http://127.0.0.1:8080'), 'http://127.0.0.1:8080');
  assert.deepEqual(loginUrl('{ env: ACME_ORG }'), { env: 'ACME_ORG' });
  assert.deepEqual(loginUrl('{ file: /run/secrets/org }'), { file: '/run/secrets/org' });
});

test('a connection has a widget only when it says so, with the secret of its own app or of another', () => {
  const widget = (written: string): unknown =>
    load(`connection: acme\nsalesforce: { clientId: { env: ID }, clientSecret: { env: SECRET } }\nwidget: ${written}\n`)
      .widget;
  assert.equal(load(CONNECTION).widget, undefined);
  assert.equal(widget('{ enabled: false, clientSecret: { env: CANVAS_SECRET } }'), undefined);
  assert.deepEqual(widget('{ enabled: true }'), {});
  assert.deepEqual(widget('{ enabled: true, clientSecret: { file: /run/secrets/canvas } }'), {
    clientSecret: { file: '/run/secrets/canvas' },
  });
});

test('a short mapping replaces the field and keeps the type of the column', () => {
  const job = jobOf(
    load(`${CONNECTION}jobs:\n  company-sync:\n    map: { employees: Headcount__c }\n`),
    'company-sync',
  );
  assert.deepEqual(mappingOf(job, 'employees'), {
    kind: 'field',
    target: 'employees',
    from: 'Headcount__c',
    type: 'integer',
    required: false,
    optional: false,
  });
});

test('what becomes of a value that a picklist does not offer is said with its mapping, and kept when nothing is said', () => {
  const industry = (written: string): unknown =>
    mappingOf(
      jobOf(load(`${CONNECTION}jobs:\n  company-sync:\n    map: { industry: ${written} }\n`), 'company-sync'),
      'industry',
    );
  const onUnknown = (written: string): unknown => (industry(written) as { onUnknown?: string }).onUnknown;
  assert.equal(onUnknown('Sector__c'), undefined);
  assert.equal(onUnknown('{ onUnknown: keep }'), undefined);
  assert.equal(onUnknown('{ onUnknown: reject }'), 'reject');
  assert.equal(onUnknown('{ onUnknown: null }'), 'null');
  assert.equal(onUnknown('{ onUnknown: "null" }'), 'null');
});

test('a connection may keep to another share of the org’s calls', () => {
  const spec = load('connection: acme\nsalesforce: { clientId: { env: ID }, apiBudget: 60 }\n');
  assert.equal(spec.salesforce.apiBudget, 60);
});

test('a field that the file names is not optional, even where the one of the catalog was', () => {
  const changed = jobOf(
    load(`${CONNECTION}jobs:\n  company-sync:\n    map: { currency: Currency__c }\n`),
    'company-sync',
  );
  assert.equal(mappingOf(changed, 'currency')?.optional, false);
  const kept = jobOf(
    load(`${CONNECTION}jobs:\n  company-sync:\n    map: { currency: { required: true } }\n`),
    'company-sync',
  );
  assert.equal(mappingOf(kept, 'currency')?.optional, true);
});

test('one key of a lookup changes, the others stay', () => {
  const text = `${CONNECTION}jobs:\n  company-sync:\n    map:\n      owner_user_id: { onMissing: reject }\n      parent_company_id: { onMissing: null }\n`;
  const job = jobOf(load(text), 'company-sync');
  assert.deepEqual(mappingOf(job, 'owner_user_id'), {
    kind: 'lookup',
    target: 'owner_user_id',
    table: 'app_user',
    by: [{ column: 'sfdc_user_id', field: 'OwnerId' }],
    onMissing: 'reject',
    onMultiple: 'error',
    optional: false,
  });
  const parent = mappingOf(job, 'parent_company_id');
  assert.ok(parent?.kind === 'lookup');
  assert.deepEqual([parent.onMissing, parent.by], ['null', { companyResolution: 'ParentId' }]);
});

test('null takes a mapping away, a new column comes after those of the catalog, and the order is that of the file', () => {
  const text = `${CONNECTION}jobs:\n  company-sync:\n    map: { ticker_symbol: null, zeta: Zeta__c, alpha: Alpha__c, phone: Fax }\n`;
  const targets = jobOf(load(text), 'company-sync').mappings.map(({ target }) => target);
  const catalog = catalogJobs().find(({ name }) => name === 'company-sync');
  const before = catalog?.mappings.map(({ target }) => target).filter((target) => target !== 'ticker_symbol');
  assert.deepEqual(targets, [...(before ?? []), 'zeta', 'alpha']);
});

test('a constant is a value of any kind, null included', () => {
  const text = `${CONNECTION}jobs:\n  company-sync:\n    map: { a: { value: x }, b: { value: 5, type: integer }, c: { value: false }, d: { value: null } }\n`;
  const job = jobOf(load(text), 'company-sync');
  const values = ['a', 'b', 'c', 'd'].map((target) => {
    const mapping = mappingOf(job, target);
    return mapping?.kind === 'constant' ? mapping.value : 'none';
  });
  assert.deepEqual(values, ['x', 5, false, null]);
});

test('the filter of the catalog can be replaced and taken away, its optional filters too', () => {
  const replaced = jobOf(load(`${CONNECTION}jobs:\n  user-sync: { filter: IsActive = true }\n`), 'user-sync');
  assert.equal(replaced.source.filter, 'IsActive = true');
  const none = jobOf(load(`${CONNECTION}jobs:\n  user-sync: { filter: null }\n`), 'user-sync');
  assert.ok(!('filter' in none.source));
  const company = jobOf(load(`${CONNECTION}jobs:\n  company-sync: { optionalFilters: [] }\n`), 'company-sync');
  assert.deepEqual(company.source.optionalFilters, []);
});

test('an object that the file names must exist, while the managed package may be missing', () => {
  const catalog = jobOf(load(CONNECTION), 'relationship-sync');
  assert.equal(catalog.source.optional, true);
  const own = jobOf(
    load(`${CONNECTION}jobs:\n  relationship-sync: { object: Relationship__c }\n`),
    'relationship-sync',
  );
  assert.deepEqual([own.source.object, own.source.optional], ['Relationship__c', false]);
});

test('a custom job is complete, with a title in words', () => {
  const text = `${CONNECTION}---
job: opportunity-sync
connection: acme
source: { object: Opportunity, filter: "IsClosed = false" }
target: { table: opportunity }
map:
  sfdc_opportunity_id: Id
  amount: { from: Amount, type: "numeric(18,2)" }
  company_id: { lookup: company, by: { sfdc_account_id: AccountId }, onMissing: pending, onMultiple: oldest }
upsertKey: [sfdc_opportunity_id]
after: [company-sync]
schedule: { every: 1h }
`;
  assert.deepEqual(jobOf(load(text), 'opportunity-sync'), {
    name: 'opportunity-sync',
    kind: 'custom',
    title: 'Opportunity Sync',
    enabled: true,
    source: { object: 'Opportunity', filter: 'IsClosed = false' },
    target: { table: 'opportunity' },
    mappings: [
      { kind: 'field', target: 'sfdc_opportunity_id', from: 'Id', required: false, optional: false },
      { kind: 'field', target: 'amount', from: 'Amount', type: 'numeric(18,2)', required: false, optional: false },
      {
        kind: 'lookup',
        target: 'company_id',
        table: 'company',
        by: [{ column: 'sfdc_account_id', field: 'AccountId' }],
        onMissing: 'pending',
        onMultiple: 'oldest',
        optional: false,
      },
    ],
    upsertKey: ['sfdc_opportunity_id'],
    after: ['company-sync'],
    onDelete: 'deactivate',
    onLeaveFilter: 'keep',
    extract: 'auto',
    schedule: { every: '1h' },
  });
});

test('chains keep their schedule, and an alias stands for a whole value', () => {
  const text = `${CONNECTION}jobs:\n  company-sync: &careful { onDelete: ignore }\n  company-person-sync: *careful
chains:\n  nightly: { schedule: { cron: "0 2 * * *", timezone: Europe/Berlin, jitter: 5m, catchUpWindow: 1h }, jobs: [user-sync, company-sync] }\n`;
  const connection = load(text);
  assert.deepEqual(connection.chains, [
    {
      name: 'nightly',
      schedule: { cron: '0 2 * * *', timezone: 'Europe/Berlin', jitter: '5m', catchUpWindow: '1h' },
      jobs: ['user-sync', 'company-sync'],
    },
  ]);
  assert.equal(jobOf(connection, 'company-person-sync').onDelete, 'ignore');
});

test('a job may stand in another file than its connection, and the order of files does not matter', () => {
  const job =
    'job: case-sync\nconnection: acme\nsource: { object: Case }\ntarget: { table: case_record }\nmap: { sfdc_case_id: Id }\nupsertKey: [sfdc_case_id]\n';
  const files = [
    { file: 'a.yaml', text: job },
    { file: 'b.yaml', text: CONNECTION },
  ];
  const forward = loadTexts(files);
  assert.deepEqual(forward.diagnostics, []);
  assert.deepEqual(loadTexts([...files].reverse()).connections, forward.connections);
});

test('a file that cannot be parsed does not make its connection seem to be missing', () => {
  const { diagnostics } = loadTexts([
    { file: 'a.yaml', text: 'connection: acme\nsalesforce: {\n' },
    {
      file: 'b.yaml',
      text: 'job: case-sync\nconnection: acme\nsource: { object: Case }\ntarget: { table: case_record }\nmap: { sfdc_case_id: Id }\nupsertKey: [sfdc_case_id]\nafter: [other-sync]\n',
    },
  ]);
  assert.deepEqual(
    diagnostics.map(({ file }) => file),
    ['a.yaml'],
  );
});

test('a warning alone prevents nothing', () => {
  const { connections, diagnostics } = loadTexts([
    {
      file: 'a.yaml',
      text: 'connection: acme\nsalesforce: { clientId: { env: A }, org: https://login.acme.example }\n',
    },
  ]);
  assert.deepEqual(
    diagnostics.map(({ severity }) => severity),
    ['warning'],
  );
  assert.equal(connections.length, 1);
});

test('names that JavaScript gives to every object are ordinary names', () => {
  const text = `${CONNECTION}jobs:\n  company-sync:\n    map: { constructor: A__c, to_string: B__c }\n`;
  assert.equal(mappingOf(jobOf(load(text), 'company-sync'), 'constructor')?.kind, 'field');
  const { diagnostics } = loadTexts([
    { file: 'a.yaml', text: `${CONNECTION}__proto__: { jobs: {} }\nconstructor: 1\n` },
  ]);
  assert.equal(diagnostics.length, 2);
});

test('a folder is read with its folders, sorted; hidden ones, node_modules and other files are not', async () => {
  await withFolder(async (folder) => {
    await mkdir(join(folder, 'jobs'));
    for (const ignored of ['.github', 'node_modules']) {
      await mkdir(join(folder, ignored));
      await writeFile(join(folder, ignored, 'other.yaml'), 'nonsense: true\n');
    }
    await writeFile(join(folder, '.hidden.yaml'), 'nonsense: true\n');
    await writeFile(join(folder, 'README.md'), '# Not YAML\n');
    await writeFile(join(folder, 'acme.yml'), CONNECTION);
    await writeFile(join(folder, 'comments.yaml'), '# nothing yet\n');
    await writeFile(join(folder, 'jobs', 'b.yaml'), 'job: b\n');
    await writeFile(join(folder, 'jobs', 'a.yaml'), 'job: a\n');
    const { diagnostics } = await loadConfig([folder]);
    assert.deepEqual(
      [...new Set(diagnostics.map(({ file }) => file))],
      [join(folder, 'jobs', 'a.yaml'), join(folder, 'jobs', 'b.yaml')],
    );
  });
});

test('a file that is named twice is read once, and links to folders are not followed', async () => {
  await withFolder(async (folder) => {
    const file = join(folder, 'acme.yaml');
    await writeFile(file, CONNECTION);
    await symlink(file, join(folder, 'link.yaml'));
    await symlink(folder, join(folder, 'circle'));
    const { connections, diagnostics } = await loadConfig([folder, file]);
    assert.deepEqual(diagnostics, []);
    assert.equal(connections.length, 1);
  });
});

test('what cannot be read is a problem that names the path', async () => {
  await withFolder(async (folder) => {
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'latin1.yaml'), Buffer.from([0x63, 0xe9, 0x0a]));
    await writeFile(join(folder, 'large.yaml'), `# ${'x'.repeat(600_000)}\n`);
    const paths = ['missing.yaml', 'empty', 'latin1.yaml', 'large.yaml'].map((name) => join(folder, name));
    const { connections, diagnostics } = await loadConfig(paths);
    assert.deepEqual(connections, []);
    const messages = new Map(diagnostics.map(({ file, message }) => [file, message]));
    assert.match(messages.get(paths[0] ?? '') ?? '', /does not exist/);
    assert.match(messages.get(paths[1] ?? '') ?? '', /holds no file that ends in \.yaml/);
    assert.match(messages.get(paths[2] ?? '') ?? '', /not UTF-8/);
    assert.match(messages.get(paths[3] ?? '') ?? '', /larger than 512 kB/);
  });
});

test('a byte order mark and Windows line breaks change nothing', async () => {
  await withFolder(async (folder) => {
    const file = join(folder, 'acme.yaml');
    await writeFile(file, `\u{FEFF}${CONNECTION.replaceAll('\n', '\r\n')}`);
    const { connections, diagnostics } = await loadConfig([file]);
    assert.deepEqual(diagnostics, []);
    assert.equal(connections.length, 1);
    await writeFile(file, `${CONNECTION}jobz: {}\n`.replaceAll('\n', '\r\n'));
    const [problem] = (await loadConfig([file])).diagnostics;
    assert.deepEqual([problem?.line, problem?.column, problem?.excerpt], [3, 1, 'jobz: {}']);
  });
});
