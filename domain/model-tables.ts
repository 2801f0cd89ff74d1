/** Tables of the customer model; what custom jobs fill comes beside them. */
export const MODEL_TABLES = [
  'app_user',
  'company',
  'person',
  'company_person',
  'relationship_type',
  'relationship',
  'dropdown_list',
  'dropdown_item',
  'external_identity',
] as const;

export const isModelTable = (table: string): boolean => (MODEL_TABLES as readonly string[]).includes(table);
