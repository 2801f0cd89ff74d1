import { findField, type DescribedField, type DescribedObject } from './describe.ts';
import { fieldsOf } from './mapping-fields.ts';
import type { JobSpec } from './job-spec.ts';

export interface ResolvedPath {
  /** In Salesforce's own spelling. */
  readonly path: string;
  readonly field: DescribedField;
}

/** The field behind a relationship name, such as `OwnerId` for `Owner`. */
function findRelationship(object: DescribedObject, name: string): DescribedField | undefined {
  const wanted = name.toLowerCase();
  return object.fields.find((field) => field.relationshipName?.toLowerCase() === wanted);
}

/** The object that a relationship leads to. One that may lead to several has the fields of `Name`, which all of them share. */
const parentOf = ({ referenceTo = [] }: DescribedField): string | undefined =>
  referenceTo.length > 1 ? 'Name' : referenceTo[0];

/** Follows a dotted path through the describes and returns it in Salesforce's own spelling, or why it does not exist. */
export function resolvePath(
  path: string,
  object: DescribedObject,
  describes: readonly DescribedObject[],
): ResolvedPath | string {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const spelled: string[] = [];
  let current = object;
  for (const step of steps) {
    const field = findRelationship(current, step);
    if (!field) return `${current.name} has no relationship "${step}" that the authorized user may see`;
    spelled.push(field.relationshipName ?? step);
    const parentName = parentOf(field);
    const parent = describes.find(({ name }) => name === parentName);
    if (!parent) return `${current.name}.${step} leads to "${parentName ?? 'nothing'}", which cannot be described`;
    current = parent;
  }
  const field = findField(current, last);
  if (!field) return `${current.name} has no field "${last}" that the authorized user may see`;
  return { path: [...spelled, field.name].join('.'), field };
}

/** Returns the next object that a dotted path leads to and that is not among the describes, if any. */
function nextParent(path: string, describes: readonly DescribedObject[]): string | undefined {
  let current = describes[0];
  for (const step of path.split('.').slice(0, -1)) {
    const field = current && findRelationship(current, step);
    const name = field && parentOf(field);
    if (name === undefined) return undefined;
    current = describes.find((object) => object.name === name);
    if (!current) return name;
  }
  return undefined;
}

/**
 * Returns the objects that dotted paths of the job pass through next and that have not been described yet. To be asked again with their
 * describes, until nothing is missing: each answer shows one hop further.
 *
 * @param describes - the job's own object first
 */
export function parentsToDescribe(job: JobSpec, describes: readonly DescribedObject[]): string[] {
  return [...new Set(job.mappings.flatMap(fieldsOf).flatMap((path) => nextParent(path, describes) ?? []))];
}
