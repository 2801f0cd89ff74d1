/** The part of JSON Schema (draft-07) that our schemas use, so that a typing error in one is a compile error. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  /** What the key means; shown by editors and in docs/configuration.md. */
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly (string | number | null)[];
  readonly const?: string | number;
  readonly pattern?: string;
  /** What the pattern accepts, as words after "use"; editors show it too. */
  readonly patternErrorMessage?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: false | JsonSchema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly JsonSchema[];
}

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

interface Scalars {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly null: null;
}

/**
 * The type of a value that fits schema `S`, with every property optional.
 *
 * Optional even where the schema says `required`, because rules run on what is left of a document after its faulty parts were
 * reported and taken out: one run must name all problems.
 */
export type FromSchema<S> = S extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : S extends { readonly const: infer Value }
    ? Value
    : S extends { readonly type: infer Type }
      ? FromType<S, Type extends readonly (infer Each)[] ? Each : Type>
      : unknown;

type FromType<S, Type> = Type extends keyof Scalars
  ? Scalars[Type]
  : Type extends 'array'
    ? S extends { readonly items: infer Items }
      ? readonly FromSchema<Items>[]
      : never
    : Type extends 'object'
      ? FromObject<S>
      : never;

type FromObject<S> = S extends { readonly properties: infer Properties }
  ? { readonly [Key in keyof Properties]?: FromSchema<Properties[Key]> }
  : S extends { readonly additionalProperties: infer Value }
    ? Readonly<Record<string, FromSchema<Value>>>
    : never;
