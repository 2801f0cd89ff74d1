import type pg from 'pg';

type TruthRow = Readonly<Record<string, string | null>>;
/** Rows by the id that both sides know. */
export type Truth = ReadonlyMap<string, TruthRow>;

interface Column {
  /** SQL over the org's table, aliased `o`. */
  readonly org: string;
  /** SQL over ours, aliased `t`; the same name when absent. */
  readonly ours?: string;
}

/** How one table of the model is read on both sides: as texts, so that nothing is rounded by the comparison. */
export interface Comparison {
  readonly object: string;
  readonly table: string;
  /** Which rows of the org must be there; org columns are quoted API names. */
  readonly where: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, Column | string>>;
}

const text = (api: string): string => `o."${api}"::text`;
const amount = (api: string): string => `trim_scale(o."${api}"::numeric)::text`;
const time = (api: string): string => `to_char(o."${api}" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`;
const ourTime = (column: string): string => `to_char(t.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`;
const ourAmount = (column: string): string => `trim_scale(t.${column})::text`;
/** The Salesforce id of the row that a reference of ours points to. */
const points = (column: string, table: string, key: string): string =>
  `(SELECT r.${key} FROM model.${table} r WHERE r.id = t.${column})`;
/** The id that a reference of the org must lead to, when its row is one that we load. */
const leads = (api: string, object: string, where: string): string =>
  `(SELECT r."Id"::text FROM ORG."${object}" r WHERE r."Id" = o."${api}" AND ${where.replaceAll('o.', 'r.')})`;

const USERS = `o."UserType" = 'Standard'`;
const ALIVE = `NOT o."IsDeleted"`;
const RELATIONSHIPS = `${ALIVE} AND o."Name" IS NOT NULL`;

const stamp = { source_modstamp: { org: time('SystemModstamp'), ours: ourTime('source_modstamp') } };

export const USER: Comparison = {
  object: 'User',
  table: 'app_user',
  where: USERS,
  key: 'sfdc_user_id',
  columns: {
    ...stamp,
    username: 'Username',
    email: 'Email',
    first_name: 'FirstName',
    last_name: 'LastName',
    name: 'Name',
    is_active: 'IsActive',
    user_type: 'UserType',
    title: 'Title',
    department: 'Department',
    phone: 'Phone',
    timezone: 'TimeZoneSidKey',
    locale: 'LocaleSidKey',
    manager_id_source: 'ManagerId',
    manager: { org: leads('ManagerId', 'User', USERS), ours: points('manager_id', 'app_user', 'sfdc_user_id') },
  },
};

export const COMPANY: Comparison = {
  object: 'Account',
  table: 'company',
  where: ALIVE,
  key: 'sfdc_account_id',
  columns: {
    ...stamp,
    name: 'Name',
    industry: 'Industry',
    company_type: 'Type',
    employees: 'NumberOfEmployees',
    annual_revenue: { org: amount('AnnualRevenue'), ours: ourAmount('annual_revenue') },
    website: 'Website',
    phone: 'Phone',
    account_number: 'AccountNumber',
    summary: 'Description',
    billing_street: 'BillingStreet',
    billing_city: 'BillingCity',
    billing_country: 'BillingCountry',
    arr: { org: amount('ARR__c'), ours: ourAmount('arr') },
    renewal_date: 'Renewal_Date__c',
    source_created_at: { org: time('CreatedDate'), ours: ourTime('source_created_at') },
    parent: {
      org: leads('ParentId', 'Account', ALIVE),
      ours: points('parent_company_id', 'company', 'sfdc_account_id'),
    },
    owner: { org: leads('OwnerId', 'User', USERS), ours: points('owner_user_id', 'app_user', 'sfdc_user_id') },
  },
};

const CONTACTS = `${ALIVE} AND o."AccountId" IS NOT NULL`;

export const COMPANY_PERSON: Comparison = {
  object: 'Contact',
  table: 'company_person',
  where: CONTACTS,
  key: 'sfdc_contact_id',
  columns: {
    ...stamp,
    title: 'Title',
    department: 'Department',
    phone: 'Phone',
    lead_source: 'LeadSource',
    company: { org: leads('AccountId', 'Account', ALIVE), ours: points('company_id', 'company', 'sfdc_account_id') },
    manager: {
      org: leads('ReportsToId', 'Contact', CONTACTS),
      ours: points('manager_id', 'company_person', 'sfdc_contact_id'),
    },
    owner: { org: leads('OwnerId', 'User', USERS), ours: points('owner_user_id', 'app_user', 'sfdc_user_id') },
    // Which person a contact is: those with the same e-mail are one.
    person: {
      org: `coalesce(lower(btrim(o."Email")), 'contact:' || o."Id")`,
      ours: `(SELECT p.identity_key FROM model.person p WHERE p.id = t.person_id)`,
    },
  },
};

export const RELATIONSHIP_TYPE: Comparison = {
  object: 'JBCXM__GSRelationshipType__c',
  table: 'relationship_type',
  where: ALIVE,
  key: 'sfdc_relationship_type_id',
  columns: { ...stamp, name: 'Name' },
};

export const RELATIONSHIP: Comparison = {
  object: 'JBCXM__GSRelationship__c',
  table: 'relationship',
  where: RELATIONSHIPS,
  key: 'sfdc_relationship_id',
  columns: {
    ...stamp,
    name: 'Name',
    status: 'JBCXM__Status__c',
    stage: 'JBCXM__Stage__c',
    arr: { org: amount('JBCXM__ARR__c'), ours: ourAmount('arr') },
    renewal_date: 'JBCXM__RenewalDate__c',
    company: {
      org: leads('JBCXM__Account__c', 'Account', ALIVE),
      ours: points('company_id', 'company', 'sfdc_account_id'),
    },
    type: {
      org: leads('JBCXM__RelationshipType__c', 'JBCXM__GSRelationshipType__c', ALIVE),
      ours: points('relationship_type_id', 'relationship_type', 'sfdc_relationship_type_id'),
    },
  },
};

async function read(pool: pg.Pool, sql: string): Promise<Truth> {
  const { rows } = await pool.query<Record<string, string | null> & { key: string }>(sql);
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}

const columnsOf = (comparison: Comparison, side: (name: string, column: Column) => string): string =>
  Object.entries(comparison.columns)
    .map(([name, column]) => `${side(name, typeof column === 'string' ? { org: text(column) } : column)} AS "${name}"`)
    .join(', ');

/** What must be in the model, straight from the org's tables. */
export const orgRows = (pool: pg.Pool, schema: string, comparison: Comparison): Promise<Truth> =>
  read(
    pool,
    `SELECT o."Id"::text AS key, ${columnsOf(comparison, (_name, { org }) => org)} FROM ORG."${comparison.object}" o WHERE ${comparison.where}`.replaceAll(
      'ORG.',
      `"${schema}".`,
    ),
  );

/** What is in the model and not deleted. */
export const modelRows = (pool: pg.Pool, comparison: Comparison): Promise<Truth> =>
  read(
    pool,
    `SELECT t.${comparison.key} AS key, ${columnsOf(comparison, (name, { ours }) => ours ?? `t.${name}::text`)} FROM model.${comparison.table} t WHERE t.deleted_at IS NULL`,
  );

/** Every live person, with the attributes of its newest contact, as `identity_key` → row. */
export const orgPersons = (pool: pg.Pool, schema: string): Promise<Truth> =>
  read(
    pool,
    `SELECT DISTINCT ON (1) coalesce(lower(btrim(o."Email")), 'contact:' || o."Id") AS key, lower(btrim(o."Email")) AS email,
       o."FirstName"::text AS first_name, o."LastName"::text AS last_name, o."Name"::text AS name, o."Salutation"::text AS salutation,
       o."MobilePhone"::text AS mobile_phone, o."MailingCity"::text AS location_city, o."HasOptedOutOfEmail"::text AS email_opt_out
     FROM "${schema}"."Contact" o WHERE NOT o."IsDeleted" ORDER BY 1, o."SystemModstamp" DESC, o."Id" COLLATE "C" DESC`,
  );

export const modelPersons = (pool: pg.Pool): Promise<Truth> =>
  read(
    pool,
    `SELECT identity_key AS key, email, first_name, last_name, name, salutation, mobile_phone, location_city, email_opt_out::text
     FROM model.person WHERE deleted_at IS NULL`,
  );
