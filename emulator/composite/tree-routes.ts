import type { FastifyInstance } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { findField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import type { RecordBody } from '../records/record-values.ts';
import { createRecordWriter, type RecordWriter } from '../records/record-writer.ts';
import { failureOf, type SaveError } from '../records/save-result.ts';
import { sessionOf } from '../rest/data-api.ts';
import { objectOfPath } from '../rest/describe-routes.ts';
import { changeAs } from './change-as.ts';

/** Records of one tree, and its levels. */
const MOST_RECORDS = 200;

interface Made {
  readonly referenceId: string;
  readonly id: string;
}

/** A record of the tree that was refused; nothing of the tree stays. */
class Refused extends Error {
  readonly referenceId: string;
  readonly errors: readonly SaveError[];

  constructor(referenceId: string, errors: readonly SaveError[]) {
    super('A record of the tree was refused.');
    this.referenceId = referenceId;
    this.errors = errors;
  }
}

interface Children {
  readonly object: ObjectDefinition;
  readonly by: FieldDefinition;
  readonly records: readonly RecordBody[];
}

function childrenOf(org: Org, parent: ObjectDefinition, name: string, value: unknown): Children | undefined {
  const { records } = (value ?? {}) as { records?: readonly RecordBody[] };
  if (findField(parent, name) !== undefined || !Array.isArray(records)) return undefined;
  for (const object of org.objects.values()) {
    const by = object.fields.find(
      (field) =>
        field.childRelationshipName?.toLowerCase() === name.toLowerCase() && field.referenceTo?.includes(parent.name),
    );
    if (by !== undefined) return { object, by, records: records as RecordBody[] };
  }
  throw new ApiError(400, 'INVALID_FIELD', MESSAGES.noColumnOnSobject(name, parent.name));
}

/** Makes records with their children, all or none. */
export function treeRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const make = async (
    { writer, org, made }: { readonly writer: RecordWriter; readonly org: Org; readonly made: Made[] },
    object: ObjectDefinition,
    bodies: readonly RecordBody[],
  ): Promise<void> => {
    for (const body of bodies) {
      const { referenceId = '' } = (body['attributes'] ?? {}) as { readonly referenceId?: string };
      try {
        const children = Object.entries(body).flatMap(([name, value]) => childrenOf(org, object, name, value) ?? []);
        const own = Object.fromEntries(
          Object.entries(body).filter(([name, value]) => childrenOf(org, object, name, value) === undefined),
        );
        if (made.length >= MOST_RECORDS)
          throw new ApiError(400, 'EXCEEDED_ID_LIMIT', MESSAGES.tooManyRecords(MOST_RECORDS));
        const id = await writer.insert(object, own);
        made.push({ referenceId, id });
        for (const child of children) {
          const records = child.records.map((record) => ({ ...record, [child.by.name]: id }));
          await make({ writer, org, made }, child.object, records);
        }
      } catch (error) {
        if (error instanceof Refused) throw error;
        throw new Refused(referenceId, failureOf(error).errors);
      }
    }
  };

  api.post('/composite/tree/:object', async (request, reply) => {
    const { records } = (request.body ?? {}) as { records?: readonly RecordBody[] };
    if (!Array.isArray(records)) throw apiError('jsonParser');
    const { org } = sessionOf(request);
    const made: Made[] = [];
    try {
      await changeAs(context, request, (client) =>
        make({ writer: createRecordWriter(client, org), org, made }, objectOfPath(request), records as RecordBody[]),
      );
      return await reply.status(201).send({ hasErrors: false, results: made });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { referenceId, errors } = error;
      return reply.status(400).send({ hasErrors: true, results: [{ referenceId, errors }] });
    }
  });
}
