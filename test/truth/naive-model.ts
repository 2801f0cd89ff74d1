import type { TruthOrg } from './truth-org.ts';

/*
 * What the model must hold, computed the way nobody would build a product: all rows of the org, one after the other, in plain JavaScript. It shares no
 * code and no SQL with what it checks.
 */

type Value = string | number | boolean | null;
/** By column; references are the Salesforce ids of the rows they lead to. */
export type Row = Readonly<Record<string, Value>>;

interface OrgRow {
  readonly Id: string;
  readonly IsDeleted?: boolean;
  readonly SystemModstamp: Date;
  readonly [field: string]: unknown;
}

export interface NaiveModel {
  readonly users: Map<string, Row>;
  readonly companies: Map<string, Row>;
  readonly roles: Map<string, Row>;
  readonly persons: Map<string, Row>;
  readonly deals: Map<string, Row>;
  readonly industries: Map<string, Row>;
}

/** A value of the org as text; an empty one is none. */
const text = (value: unknown): string | null =>
  value === null || value === undefined || value === ''
    ? null
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

/** Rows that have been in the model once: they stay, at most deactivated, and references may lead to them. */
interface Memory {
  readonly accounts: Set<string>;
  readonly users: Set<string>;
  readonly roles: Set<string>;
  /** By name, as loaded last: even of accounts that are deleted by now. */
  readonly accountNames: Map<string, string>;
  /** As loaded last: a row that cannot be loaded stays as it was. `account` is the id that it came with. */
  readonly deals: Map<string, Row & { readonly account: string | null }>;
  /** As loaded last while the field was there. */
  readonly extras: Map<string, string | null>;
  /** Who lost to whom. */
  readonly merges: Map<string, string>;
}

export function createNaiveModel({ org, control }: Pick<TruthOrg, 'org' | 'control'>) {
  const memory: Memory = {
    accounts: new Set(),
    users: new Set(),
    roles: new Set(),
    accountNames: new Map(),
    deals: new Map(),
    merges: new Map(),
    extras: new Map(),
  };
  const all = async (object: string): Promise<OrgRow[]> =>
    (await org.pool.query<OrgRow>(`SELECT * FROM "${org.schema}"."${object}"`)).rows;
  const known = (id: unknown, set: ReadonlySet<string>): string | null => {
    const key = text(id);
    return key !== null && set.has(key) ? key : null;
  };

  const industries = async (): Promise<Map<string, Row>> => {
    const { fields } = (await control('GET', '/orgs/acme/objects/Account')) as {
      fields: { name: string; picklistValues?: { value: string; label: string; active: boolean }[] }[];
    };
    const values = fields.find(({ name }) => name === 'Industry')?.picklistValues ?? [];
    return new Map(values.filter(({ active }) => active).map(({ value, label }) => [value, { label }]));
  };

  /**
   * Looks at the whole org once, right after a run, and returns what must be alive in the model.
   *
   * @param isExtraVisible - whether the optional field is there; while it is not, what was read of it stays
   */
  return async (isExtraVisible: boolean): Promise<NaiveModel> => {
    const [users, accounts, contacts, deals] = await Promise.all(
      ['User', 'Account', 'Contact', 'Opportunity'].map(all),
    );
    const model: NaiveModel = {
      ...{ users: new Map(), companies: new Map(), roles: new Map(), persons: new Map(), deals: new Map() },
      industries: await industries(),
    };
    const standard = (users ?? []).filter((user) => user['UserType'] === 'Standard');
    for (const user of standard) memory.users.add(user.Id);
    for (const user of standard)
      model.users.set(user.Id, {
        ...{
          username: text(user['Username']),
          department: text(user['Department']),
          is_active: user['IsActive'] as boolean,
        },
        manager: known(user['ManagerId'], memory.users),
      });

    for (const account of accounts ?? []) {
      const winner = text(account['MasterRecordId']);
      if (account.IsDeleted === true && winner !== null) memory.merges.set(account.Id, winner);
    }
    const living = (accounts ?? []).filter((account) => account.IsDeleted !== true);
    for (const account of living) {
      memory.accounts.add(account.Id);
      memory.accountNames.set(account.Id, String(account['Name']));
    }
    for (const account of living)
      model.companies.set(account.Id, {
        ...{ name: text(account['Name']), phone: text(account['Phone']), summary: text(account['Description']) },
        ...{ parent: known(account['ParentId'], memory.accounts), owner: known(account['OwnerId'], memory.users) },
      });

    const people = (contacts ?? []).filter((contact) => contact.IsDeleted !== true);
    for (const contact of people) if (text(contact['AccountId']) !== null) memory.roles.add(contact.Id);
    const newest = new Map<string, OrgRow>();
    for (const contact of people) {
      const email = text(contact['Email'])?.trim().toLowerCase() ?? '';
      const key = email === '' ? `contact:${contact.Id}` : email;
      const other = newest.get(key);
      const age = (row: OrgRow): number => row.SystemModstamp.getTime();
      const isNewer =
        other === undefined || age(contact) > age(other) || (age(contact) === age(other) && contact.Id > other.Id);
      if (isNewer) newest.set(key, contact);
      if (text(contact['AccountId']) === null) continue;
      model.roles.set(contact.Id, {
        ...{ title: text(contact['Title']), person: key, company: known(contact['AccountId'], memory.accounts) },
        ...{ manager: known(contact['ReportsToId'], memory.roles), owner: known(contact['OwnerId'], memory.users) },
      });
    }
    for (const [key, contact] of newest)
      model.persons.set(key, {
        ...{
          email: key.startsWith('contact:') ? null : key,
          last_name: text(contact['LastName']),
          name: text(contact['Name']),
        },
      });

    const inScope = new Set<string>();
    for (const deal of deals ?? []) {
      if (deal.IsDeleted === true || deal['StageName'] === 'Closed Lost') continue;
      inScope.add(deal.Id);
      const amount = text(deal['Amount']);
      if (amount !== null && !/^-?\d+(\.0+)?$/.test(amount)) continue; // a reject
      if (isExtraVisible) memory.extras.set(deal.Id, text(deal['Extra__c']));
      memory.deals.set(deal.Id, {
        ...{ name: text(deal['Name']), stage: text(deal['StageName']), extra: memory.extras.get(deal.Id) ?? null },
        whole_amount: amount === null ? null : amount.replace(/\.0+$/, ''),
        account: text(deal['AccountId']),
      });
    }
    const names = new Set(memory.accountNames.values());
    for (const [id, { account, ...deal }] of memory.deals) {
      if (!inScope.has(id)) {
        memory.deals.delete(id);
        continue;
      }
      let winner = account;
      while (winner !== null && memory.merges.has(winner)) winner = memory.merges.get(winner) ?? null;
      const named = deal['name'] ?? '';
      model.deals.set(id, {
        ...deal,
        company: known(winner, memory.accounts),
        named: typeof named === 'string' && names.has(named) ? named : null,
      });
    }
    return model;
  };
}
