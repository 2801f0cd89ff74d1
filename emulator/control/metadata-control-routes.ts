import type { FastifyInstance } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { findField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { ControlError, done, objectOfControl, orgOfControl, told } from './control-request.ts';
import { putFields, removeField, renameField, renamePicklistValue } from './metadata.ts';

const BLANK = {
  type: 'string',
  length: 255,
  precision: 0,
  scale: 0,
  nillable: true,
  createable: true,
  updateable: true,
} as const;

/** What an administrator does in Setup: fields that come, go, change their name or type, and picklist values. */
export function metadataControlRoutes(server: FastifyInstance, { pool, orgs }: EmulatorContext): void {
  const path = '/__emulator/orgs/:org/objects/:object';
  const fieldOf = (params: unknown): string => (params as { field: string }).field;

  server.get(path, (request) => objectOfControl(orgs, request));

  const fieldFrom = (object: ObjectDefinition, name: string, given: Partial<FieldDefinition>): FieldDefinition => {
    const known = findField(object, name);
    if (known === undefined && given.type === undefined)
      throw new ControlError(`Field "${name}" is new, so its definition needs a type.`);
    return { ...BLANK, label: name, ...known, ...given, name: known?.name ?? name };
  };

  server.put(`${path}/fields/:field`, async (request, reply) => {
    const object = objectOfControl(orgs, request);
    const field = fieldFrom(object, fieldOf(request.params), request.body as Partial<FieldDefinition>);
    await told(() => putFields(pool, orgOfControl(orgs, request), object, [field]));
    return done(reply);
  });

  /** Many at once, by name: an object of hundreds of fields is made in one go. */
  server.put(`${path}/fields`, async (request, reply) => {
    const object = objectOfControl(orgs, request);
    const given = Object.entries(request.body as Readonly<Record<string, Partial<FieldDefinition>>>);
    const fields = given.map(([name, field]) => fieldFrom(object, name, field));
    await told(() => putFields(pool, orgOfControl(orgs, request), object, fields));
    return done(reply);
  });

  server.delete(`${path}/fields/:field`, async (request, reply) => {
    const org = orgOfControl(orgs, request);
    await told(() => removeField(pool, org, objectOfControl(orgs, request), fieldOf(request.params)));
    return done(reply);
  });

  server.post(`${path}/fields/:field/rename`, async (request, reply) => {
    const object = objectOfControl(orgs, request);
    const field = findField(object, fieldOf(request.params));
    const { to } = request.body as { to?: string };
    if (field === undefined || to === undefined || !/^\w+$/.test(to))
      throw new ControlError(`Field "${fieldOf(request.params)}" cannot become "${to ?? ''}".`);
    await told(() => renameField(pool, orgOfControl(orgs, request), { object, field, to }));
    return done(reply);
  });

  /** Renames a picklist value in the definition and in all rows, without a trace in their stamps. */
  server.post(`${path}/fields/:field/rename-value`, async (request) => {
    const object = objectOfControl(orgs, request);
    const field = findField(object, fieldOf(request.params));
    const { from, to } = request.body as { from?: string; to?: string };
    if (field?.picklistValues === undefined || from === undefined || to === undefined)
      throw new ControlError(`"${fieldOf(request.params)}" is no picklist, or "from" and "to" are missing.`);
    return {
      rows: await told(() => renamePicklistValue(pool, orgOfControl(orgs, request), { object, field, from, to })),
    };
  });
}
