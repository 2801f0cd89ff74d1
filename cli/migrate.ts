import { migrate } from '../adapters/postgres/migrate.ts';
import { assertReachable, createPool } from '../adapters/postgres/pool.ts';
import { EXIT, type AddCommand } from './context.ts';
import { resolveDatabaseUrl } from './settings.ts';

export const addMigrate: AddCommand = (program, context) => {
  program
    .command('migrate')
    .description("Bring Mooring's own schema in the database up to date. Safe to repeat.")
    .addHelpText('after', '\nExamples:\n  $ DATABASE_URL=postgres://… mooring migrate')
    .action(async () => {
      const databaseUrl = await resolveDatabaseUrl(context);
      const pool = createPool(databaseUrl, { name: 'mooring-migrate' });
      try {
        await assertReachable(pool, databaseUrl);
        const applied = await migrate(pool);
        context.print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
        context.exit(EXIT.clean);
      } finally {
        await pool.end();
      }
    });
};
