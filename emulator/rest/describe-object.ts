import { hasField, type ObjectDefinition } from '../data/definition.ts';
import type { Org } from '../org.ts';
import { describeField } from './describe-field.ts';

/** A record type as describe shows it. */
export interface RecordTypeRow {
  readonly Id: string;
  readonly Name: string;
  readonly DeveloperName: string;
  readonly IsActive: boolean;
}

/** Id of the record type that stands for none. */
const MASTER_RECORD_TYPE = '012000000000000AAA';

/** Returns an object's entry in the list of objects. */
export function objectSummary(object: ObjectDefinition, version: string): Record<string, unknown> {
  const base = `/services/data/v${version}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: object.deletable,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: object.createable,
    mergeable: object.mergeable,
    mruEnabled: object.createable,
    name: object.name,
    queryable: true,
    replicateable: hasField(object, 'SystemModstamp'),
    retrieveable: true,
    searchable: object.createable,
    triggerable: object.createable,
    undeletable: hasField(object, 'IsDeleted'),
    updateable: object.updateable,
    urls: { rowTemplate: `${base}/{ID}`, describe: `${base}/describe`, sobject: base },
  };
}

const childRelationships = (org: Org, object: ObjectDefinition): object[] =>
  [...org.objects.values()].flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo?.includes(object.name) === true)
      .map((field) => ({
        cascadeDelete: field.cascadeDelete ?? false,
        childSObject: child.name,
        deprecatedAndHidden: false,
        field: field.name,
        junctionIdListNames: [],
        junctionReferenceTo: [],
        relationshipName: field.childRelationshipName ?? null,
        restrictedDelete: false,
      })),
  );

/** Returns the whole describe of an object. */
export function describeObject(
  org: Org,
  object: ObjectDefinition,
  { version, recordTypes }: { readonly version: string; readonly recordTypes: readonly RecordTypeRow[] },
): Record<string, unknown> {
  const base = `/services/data/v${version}/sobjects/${object.name}`;
  const layout = (id: string): object => ({ layout: `${base}/describe/layouts/${id}` });
  return {
    ...objectSummary(object, version),
    actionOverrides: [],
    childRelationships: childRelationships(org, object),
    compactLayoutable: object.createable,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: object.fields.map((field) => describeField(object, field)),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: [
      ...recordTypes.map((type, index) => ({
        active: type.IsActive,
        available: true,
        defaultRecordTypeMapping: index === 0,
        developerName: type.DeveloperName,
        master: false,
        name: type.Name,
        recordTypeId: type.Id,
        urls: layout(type.Id),
      })),
      {
        active: true,
        available: true,
        defaultRecordTypeMapping: recordTypes.length === 0,
        developerName: 'Master',
        master: true,
        name: 'Master',
        recordTypeId: MASTER_RECORD_TYPE,
        urls: layout(MASTER_RECORD_TYPE),
      },
    ],
    searchLayoutable: object.createable,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: `All ${object.labelPlural.toLowerCase()}`, name: 'everything' },
      { label: `My ${object.labelPlural.toLowerCase()}`, name: 'mine' },
    ],
  };
}
