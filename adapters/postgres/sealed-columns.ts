/** A table that holds sealed values, and what each of them belongs to. */
export interface SealedTable {
  readonly table: string;
  /** Primary key. */
  readonly key: string;
  readonly columns: readonly {
    readonly column: string;
    /** As the value was sealed, for the row of this key. */
    readonly purpose: (key: string) => string;
  }[];
}

/** Every sealed value but those of `key_check`, which says which keys are in use. A test compares this with the schema. */
export const SEALED_TABLES: readonly SealedTable[] = [
  {
    table: 'oauth_grant',
    key: 'connection_id',
    columns: [
      { column: 'refresh_token_sealed', purpose: () => 'refresh_token' },
      { column: 'access_token_sealed', purpose: () => 'access_token' },
    ],
  },
  // After the grants: a revoke moves a value from there to here, still under its old key.
  { table: 'pending_revocation', key: 'id', columns: [{ column: 'token_sealed', purpose: () => 'refresh_token' }] },
  {
    table: 'authorization_attempt',
    key: 'id',
    columns: [
      { column: 'code_verifier_sealed', purpose: (id) => `code_verifier/${id}` },
      { column: 'code_sealed', purpose: (id) => `code/${id}` },
    ],
  },
];
