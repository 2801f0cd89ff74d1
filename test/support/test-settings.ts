/** A test server's data is thrown away, so it need not survive a power cut; and many files use it at once. */
export const TEST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
} as const;
