import type { JobSpec } from '../../domain/job-spec.ts';
import { catalogJob, customJob, field, lookup } from '../jobs.ts';

/** What the truth test syncs: the catalog's jobs over rows, and one of a team's own with a filter, a value that may not fit, and an optional field. */
export function truthJobs(extract: JobSpec['extract']): JobSpec[] {
  const deals = customJob(
    'Opportunity',
    [
      field('sfdc_id', 'Id'),
      field('name', 'Name'),
      field('stage', 'StageName'),
      // Not every amount is a whole number: such a row is a reject, and stays as it was.
      field('whole_amount', 'Amount', { type: 'bigint' }),
      field('extra', 'Extra__c', { optional: true }),
      lookup('company_id', 'company', { sfdc_account_id: 'AccountId' }),
      // By a value that changes, and that several rows may share.
      lookup('named_company_id', 'company', { name: 'Name' }, { onMultiple: 'oldest' }),
    ],
    {
      ...{ name: 'deals', target: { table: 'deal' }, extract, after: ['company-sync'] },
      source: { object: 'Opportunity', filter: "StageName != 'Closed Lost'" },
      onLeaveFilter: 'deactivate',
    },
  );
  const catalog = (['user-sync', 'company-sync', 'company-person-sync'] as const).map((name) =>
    catalogJob(name, { extract }),
  );
  const picklists = catalogJob('picklist-sync', { source: { picklists: ['Account.Industry'] } });
  return [picklists, ...catalog, deals];
}

/** The same, as a team would write it. */
export const TRUTH_YAML = `
jobs:
  picklist-sync: { picklists: [Account.Industry], optionalPicklists: [] }
  relationship-type-sync: { enabled: false }
  relationship-sync: { enabled: false }
---
job: deals
connection: NAME
source: { object: Opportunity, filter: "StageName != 'Closed Lost'" }
target: { table: deal }
onLeaveFilter: deactivate
map:
  sfdc_id: Id
  name: Name
  stage: StageName
  whole_amount: { from: Amount, type: bigint }
  extra: { from: Extra__c, optional: true }
  company_id: { lookup: company, by: { sfdc_account_id: AccountId } }
  named_company_id: { lookup: company, by: { name: Name }, onMultiple: oldest }
upsertKey: [sfdc_id]
after: [company-sync]
`;
