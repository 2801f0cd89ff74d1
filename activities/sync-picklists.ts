import { MooringError } from '../domain/errors.ts';
import { dropdownListsOf, parsePicklistPath, type DropdownList, type PicklistPath } from '../domain/picklists.ts';
import { describeAll, lacksObject } from './describe-objects.ts';
import type { JobContext, SalesforcePort, SyncPorts } from './sync-ports.ts';

/** Reads every picklist that the job names; what the job calls optional may be missing. */
export async function readPicklists(
  ports: SyncPorts,
  api: SalesforcePort,
  context: JobContext,
): Promise<{ lists: DropdownList[]; named: PicklistPath[] }> {
  const { source } = context.job;
  const required = (source.picklists ?? []).map(parsePicklistPath);
  const optional = (source.optionalPicklists ?? []).map(parsePicklistPath);
  const named = [...required, ...optional];
  const lists: DropdownList[] = [];
  const missing: string[] = [];
  for (const object of new Set(named.map((path) => path.object))) {
    const wanted = named.filter((path) => path.object === object);
    const isRequired = (field: string): boolean =>
      required.some((path) => path.object === object && path.field === field);
    try {
      const { describes } = await describeAll(ports, api, context.connectionId, [object]);
      const found = describes[0] ? dropdownListsOf(describes[0], wanted) : { lists: [], missing: [] };
      lists.push(...found.lists);
      missing.push(...found.missing.filter((path) => isRequired(path.slice(path.indexOf('.') + 1))));
    } catch (error) {
      if (!lacksObject(error)) throw error;
      missing.push(...wanted.filter(({ field }) => isRequired(field)).map(({ field }) => `${object}.${field}`));
    }
  }
  if (missing.length > 0) {
    throw new MooringError(
      'SF_FIELD_UNKNOWN',
      `The org has no picklist ${missing.map((path) => `"${path}"`).join(', ')} that the authorized user may see. Remove it from the job, or name it under optionalPicklists.`,
    );
  }
  return { lists, named };
}
