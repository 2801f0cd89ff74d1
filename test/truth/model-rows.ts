import type { NaiveModel, Row } from './naive-model.ts';
import type { TruthOrg } from './truth-org.ts';

type Stored = Readonly<Record<string, unknown>> & { readonly id: string; readonly deleted_at: Date | null };

/** What is alive in the model, read table by table; references as the Salesforce ids of the rows they lead to. */
export async function modelRows({ pool }: Pick<TruthOrg, 'pool'>): Promise<NaiveModel> {
  const all = async (table: string): Promise<Stored[]> =>
    (await pool.query<Stored>(`SELECT * FROM model.${table}`)).rows;
  const { rows: items } = await pool.query<{ value: string; label: string }>(
    'SELECT value, label FROM model.dropdown_item WHERE active',
  );
  const [users, companies, roles, persons, deals] = await Promise.all(
    ['app_user', 'company', 'company_person', 'person', 'deal'].map(all),
  );
  const by = (rows: readonly Stored[] | undefined, column: string) =>
    new Map((rows ?? []).map((row) => [row.id, row[column] as string]));
  const userIds = by(users, 'sfdc_user_id');
  const companyIds = by(companies, 'sfdc_account_id');
  const companyNames = by(companies, 'name');
  const roleIds = by(roles, 'sfdc_contact_id');
  const personKeys = by(persons, 'identity_key');
  const led = (id: unknown, ids: ReadonlyMap<string, string>): string | null =>
    id === null || id === undefined ? null : (ids.get(id as string) ?? 'a row that is not there');
  const alive = (rows: readonly Stored[] | undefined, key: string, pick: (row: Stored) => Row): Map<string, Row> =>
    new Map((rows ?? []).filter((row) => row.deleted_at === null).map((row) => [row[key] as string, pick(row)]));
  const columns = (row: Stored, ...names: readonly string[]): Row =>
    Object.fromEntries(names.map((name) => [name, (row[name] ?? null) as string | null]));
  return {
    industries: new Map(items.map(({ value, label }) => [value, { label }])),
    users: alive(users, 'sfdc_user_id', (row) => ({
      ...columns(row, 'username', 'department', 'is_active'),
      manager: led(row['manager_id'], userIds),
    })),
    companies: alive(companies, 'sfdc_account_id', (row) => ({
      ...columns(row, 'name', 'phone', 'summary'),
      parent: led(row['parent_company_id'], companyIds),
      owner: led(row['owner_user_id'], userIds),
    })),
    roles: alive(roles, 'sfdc_contact_id', (row) => ({
      ...columns(row, 'title'),
      ...{ person: led(row['person_id'], personKeys), company: led(row['company_id'], companyIds) },
      ...{ manager: led(row['manager_id'], roleIds), owner: led(row['owner_user_id'], userIds) },
    })),
    persons: alive(persons, 'identity_key', (row) => columns(row, 'email', 'last_name', 'name')),
    deals: alive(deals, 'sfdc_id', (row) => ({
      ...columns(row, 'name', 'stage', 'extra', 'whole_amount'),
      ...{ company: led(row['company_id'], companyIds), named: led(row['named_company_id'], companyNames) },
    })),
  };
}
