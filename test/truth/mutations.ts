import type { Random } from './random.ts';
import type { TruthOrg } from './truth-org.ts';

/** What a mutation needs: the org, chance, and a note of what no incremental run can see. */
export interface Scene {
  readonly sync: TruthOrg;
  readonly random: Random;
  /** Ids of rows that changed or went without a trace; a reconcile finds them. */
  readonly unseen: Set<string>;
  /** Whether the field `Opportunity.Extra__c` is there. */
  /** The same of values of the extra field, which a reconcile sees only while the field is there. */
  readonly unseenExtras: Set<string>;
  readonly extra: { isVisible: boolean; type: (typeof EXTRA_TYPES)[number] };
  /** Makes names that nobody else has. */
  readonly unique: (prefix: string) => string;
}

type Mutation = (scene: Scene) => Promise<void>;

const OBJECTS = ['Account', 'Contact', 'Opportunity'] as const;
/** Types that the field `Extra__c` has in turns; only a number cannot hold what the others can. */
export const EXTRA_TYPES = ['string', 'textarea', 'picklist', 'double'] as const;
const STAGES = ['Prospecting', 'Qualification', 'Closed Won', 'Closed Lost'];
const EMAILS = Array.from({ length: 12 }, (_, index) => `p${index}@truth.example`);

const EXTRA_PATH = '/orgs/acme/objects/Opportunity/fields/Extra__c';

const table = ({ sync }: Pick<Scene, 'sync'>, object: string): string => `"${sync.org.schema}"."${object}"`;

const query = async (scene: Pick<Scene, 'sync'>, sql: string, values: readonly unknown[] = []) =>
  (await scene.sync.org.pool.query<Record<string, string>>(sql, [...values])).rows;

async function ids(scene: Scene, object: string, where = 'NOT "IsDeleted"'): Promise<string[]> {
  const rows = await query(scene, `SELECT "Id" FROM ${table(scene, object)} WHERE ${where} ORDER BY "Id" COLLATE "C"`);
  return rows.map(({ Id }) => Id ?? '');
}

/** Some live ids, perhaps none. */
const pick = async (scene: Scene, object: string, most: number, where?: string): Promise<string[]> =>
  scene.random.some(await ids(scene, object, where), most);

const set = (scene: Scene, object: string, assignment: string, of: readonly string[], ...values: unknown[]) =>
  query(scene, `UPDATE ${table(scene, object)} SET ${assignment} WHERE "Id" = ANY ($1)`, [of, ...values]);

const amountOf = (random: Random): string =>
  random.chance(0.2) ? `${random.below(500)}.5` : String(random.below(9_000));

/** Everything that people and systems do to an org. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  async insert(scene) {
    const { random, unique } = scene;
    const accounts = await ids(scene, 'Account');
    const object = random.one(OBJECTS);
    const name = unique(object);
    if (object === 'Account')
      await query(scene, `INSERT INTO ${table(scene, object)} ("Name", "ParentId") VALUES ($1, $2)`, [
        name,
        random.chance(0.5) ? random.one(accounts) : null,
      ]);
    if (object === 'Contact')
      await query(scene, `INSERT INTO ${table(scene, object)} ("LastName", "Email", "AccountId") VALUES ($1, $2, $3)`, [
        name,
        random.chance(0.8) ? random.one(EMAILS) : null,
        random.chance(0.8) ? random.one(accounts) : null,
      ]);
    if (object === 'Opportunity')
      await query(
        scene,
        `INSERT INTO ${table(scene, object)} ("Name", "StageName", "CloseDate", "AccountId", "Amount") VALUES ($1, $2, '2026-12-01', $3, $4)`,
        [name, random.one(STAGES), random.one(accounts), amountOf(random)],
      );
  },
  /** Parent and child in one breath, the child's id before its parent's in no order. */
  async insertFamily(scene) {
    const [account] = await query(scene, `INSERT INTO ${table(scene, 'Account')} ("Name") VALUES ($1) RETURNING "Id"`, [
      scene.unique('Family'),
    ]);
    await set(scene, 'Account', '"ParentId" = $2', await pick(scene, 'Account', 2), account?.['Id']);
    await set(scene, 'Contact', '"AccountId" = $2', await pick(scene, 'Contact', 2), account?.['Id']);
  },
  async update(scene) {
    const { random, unique } = scene;
    await set(scene, 'Account', '"Phone" = $2', await pick(scene, 'Account', 3), unique('phone'));
    await set(scene, 'Contact', '"Title" = $2', await pick(scene, 'Contact', 3), unique('title'));
    await set(scene, 'Opportunity', '"Amount" = $2', await pick(scene, 'Opportunity', 3), amountOf(random));
    await set(scene, 'User', '"Department" = $2', await pick(scene, 'User', 1, 'true'), unique('department'));
  },
  /** Hundreds of rows with the same stamp. */
  async massUpdate(scene) {
    const object = scene.random.one(OBJECTS);
    await query(scene, `UPDATE ${table(scene, object)} SET "Description" = $1 WHERE NOT "IsDeleted"`, [
      scene.unique('mass'),
    ]);
  },
  async changeStage(scene) {
    await set(scene, 'Opportunity', '"StageName" = $2', await pick(scene, 'Opportunity', 4), scene.random.one(STAGES));
  },
  /** Names come and go: lookups by name lead elsewhere. */
  async rename(scene) {
    const [account] = await pick(scene, 'Account', 1);
    const [deal] = await query(scene, `SELECT "Name" FROM ${table(scene, 'Opportunity')} ORDER BY "Id" LIMIT 1`);
    if (account !== undefined) await set(scene, 'Account', '"Name" = $2', [account], deal?.['Name']);
  },
  async bin(scene) {
    const object = scene.random.one(OBJECTS);
    await query(scene, `SELECT "${scene.sync.org.schema}".emulator_bin($1, $2)`, [
      object,
      await pick(scene, object, 2),
    ]);
  },
  async undelete(scene) {
    const object = scene.random.one(OBJECTS);
    const where = object === 'Opportunity' ? '"IsDeleted"' : '"IsDeleted" AND "MasterRecordId" IS NULL';
    const binned = await pick(scene, object, 2, where);
    await query(scene, `SELECT "${scene.sync.org.schema}".emulator_undelete($1, $2)`, [object, binned]);
  },
  async merge(scene) {
    const object = scene.random.one(['Account', 'Contact'] as const);
    const [winner, loser] = await pick(scene, object, 2);
    if (winner === undefined || loser === undefined) return;
    await query(scene, `SELECT "${scene.sync.org.schema}".emulator_merge($1, $2, $3)`, [object, winner, loser]);
  },
  async reparent(scene) {
    const { random } = scene;
    const accounts = await ids(scene, 'Account');
    await set(
      scene,
      'Contact',
      '"AccountId" = $2',
      await pick(scene, 'Contact', 3),
      random.chance(0.8) ? random.one(accounts) : null,
    );
    await set(scene, 'Account', '"ParentId" = $2', await pick(scene, 'Account', 2), random.one(accounts));
    const contacts = await ids(scene, 'Contact');
    await set(scene, 'Contact', '"ReportsToId" = $2', await pick(scene, 'Contact', 2), random.one(contacts));
    const users = await ids(scene, 'User', 'true');
    await set(scene, 'Account', '"OwnerId" = $2', await pick(scene, 'Account', 2), random.one(users));
  },
  async swapEmails(scene) {
    const [one, other] = await pick(scene, 'Contact', 2);
    if (one === undefined || other === undefined) return;
    await query(
      scene,
      `UPDATE ${table(scene, 'Contact')} AS c SET "Email" = o."Email" FROM ${table(scene, 'Contact')} AS o
       WHERE (c."Id" = $1 AND o."Id" = $2) OR (c."Id" = $2 AND o."Id" = $1)`,
      [one, other],
    );
  },
  async changeEmail(scene) {
    const { random } = scene;
    const email = random.chance(0.8) ? random.one(EMAILS).toUpperCase() : null;
    await set(scene, 'Contact', '"Email" = $2', await pick(scene, 'Contact', 3), email);
  },
  async setExtra(scene) {
    if (!scene.extra.isVisible) return; // nobody can write a field that is not there
    await query(scene, `UPDATE ${table(scene, 'Opportunity')} SET "Extra__c" = $2 WHERE "Id" = ANY ($1)`, [
      await pick(scene, 'Opportunity', 3),
      scene.extra.type === 'double' ? String(scene.random.below(9_000)) : scene.unique('extra'),
    ]);
  },
  async toggleField({ sync, extra }) {
    if (extra.isVisible) await sync.control('DELETE', EXTRA_PATH);
    else await sync.control('PUT', EXTRA_PATH, { type: extra.type });
    extra.isVisible = !extra.isVisible;
  },
  /** Another type of a field: its values stay as far as they fit, and no stamp moves. */
  async retypeField(scene) {
    const { sync, random, extra, unseenExtras } = scene;
    if (!extra.isVisible) return;
    const type = random.one(EXTRA_TYPES.filter((other) => other !== extra.type));
    if (type === 'double')
      for (const id of await ids(scene, 'Opportunity', '"Extra__c" IS NOT NULL')) unseenExtras.add(id);
    await sync.control('PUT', EXTRA_PATH, { type });
    extra.type = type;
  },
  async changePicklist({ sync, random }) {
    const values = random.some(['Energy', 'Banking', 'Retail', 'Media', 'Water', 'Air'], 1 + random.below(5));
    await sync.control('PUT', '/orgs/acme/objects/Account/fields/Industry', {
      picklistValues: values.map((value) => ({
        value,
        label: `${value} ${random.below(3)}`,
        active: random.chance(0.8),
        defaultValue: false,
      })),
    });
  },
  /** Gone without a trace that an incremental run could read. */
  async purge(scene) {
    const object = scene.random.one(OBJECTS);
    const gone = await pick(scene, object, 1, 'true');
    for (const id of gone) scene.unseen.add(id);
    if (object === 'Contact') {
      const [contact] = await query(
        scene,
        `SELECT lower(btrim("Email")) AS key FROM ${table(scene, object)} WHERE "Id" = ANY ($1)`,
        [gone],
      );
      for (const key of [contact?.['key'], `contact:${gone[0] ?? ''}`]) if (key) scene.unseen.add(key);
    }
    await query(scene, `DELETE FROM ${table(scene, object)} WHERE "Id" = ANY ($1)`, [gone]);
  },
  /** Changed without a stamp, as formulas are. */
  async changeSilently(scene) {
    const changed = await pick(scene, 'Opportunity', 2, `NOT "IsDeleted" AND "StageName" <> 'Closed Lost'`);
    for (const id of changed) scene.unseen.add(id);
    const client = await scene.sync.org.pool.connect();
    try {
      await client.query(`BEGIN; SET LOCAL emulator.touch = 'none'`);
      await client.query(`UPDATE ${table(scene, 'Opportunity')} SET "StageName" = $2 WHERE "Id" = ANY ($1)`, [
        changed,
        scene.random.one(STAGES.slice(0, 3)),
      ]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  },
};

/** Writes rows in a transaction and leaves it open; `commit` ends it. Its rows will have their stamps of now. */
export async function writeLate(scene: Scene): Promise<{ readonly commit: () => Promise<void> }> {
  const { random, sync, unique } = scene;
  const object = random.one(OBJECTS);
  const [changed] = await pick(scene, object, 1);
  const client = await sync.org.pool.connect();
  await client.query('BEGIN');
  await client.query(
    `UPDATE ${table(scene, object)} SET "Description" = 'late', "${object === 'Contact' ? 'Title' : object === 'Account' ? 'Phone' : 'Name'}" = $2 WHERE "Id" = $1`,
    [changed, unique('late')],
  );
  return {
    async commit() {
      await client.query('COMMIT');
      client.release();
    },
  };
}
