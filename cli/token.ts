import { InvalidArgumentError, Option } from 'commander';
import { createApiTokens } from '../adapters/postgres/api-tokens.ts';
import type { Pool } from '../adapters/postgres/pool.ts';
import { API_TOKEN_ROLES, LONGEST_TOKEN_LIFETIME_MS, type ApiTokenRole } from '../domain/api-token.ts';
import { durationMs } from '../domain/duration.ts';
import { MooringError } from '../domain/errors.ts';
import { accountName } from './account-name.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { openPool } from './system.ts';
import { drawTable, status } from './tables.ts';

/** A lifetime given on the command line. */
function parseLifetime(text: string): number {
  const lifetimeMs = durationMs(text);
  if (lifetimeMs > 0 && lifetimeMs <= LONGEST_TOKEN_LIFETIME_MS) return lifetimeMs;
  throw new InvalidArgumentError('A lifetime is a duration such as 12h or 30d, 366d at most.');
}

async function withPool<T>(context: CliContext, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

interface CreateOptions {
  readonly role: ApiTokenRole;
  readonly expires: number;
  readonly connection?: string;
}

async function create({ role, expires, connection }: CreateOptions, context: CliContext): Promise<number> {
  if (role === 'codec' && connection !== undefined) {
    throw new MooringError(
      'USAGE',
      'A token of the role "codec" reads the payloads of all connections, since payloads do not say whose they are. Leave --connection out.',
    );
  }
  return withPool(context, async (pool) => {
    const wanted = { role, lifetimeMs: expires, actor: accountName() };
    const created = await createApiTokens(pool).create(connection === undefined ? wanted : { ...wanted, connection });
    context.warn(
      `Token ${created.id} for ${connection === undefined ? 'every connection' : `connection "${connection}"`}, role "${role}", until ${created.expiresAt.toISOString()}. It is shown only now:`,
    );
    // Alone on standard output, so that a script can take it.
    context.print(created.token);
    return EXIT.clean;
  });
}

const list = (json: boolean, context: CliContext): Promise<number> =>
  withPool(context, async (pool) => {
    const tokens = await createApiTokens(pool).list();
    if (json) {
      context.print(JSON.stringify(tokens, undefined, 2));
      return EXIT.clean;
    }
    if (tokens.length === 0) {
      context.print('There are no tokens. Make one: mooring token create --role resolve --expires 30d');
      return EXIT.clean;
    }
    const rows = tokens.map((token) => [
      token.id,
      token.role,
      token.connection ?? 'all',
      status(token.state),
      token.expiresAt.toISOString(),
      token.lastUsedAt?.toISOString() ?? 'never',
      token.createdBy,
    ]);
    context.print(drawTable(['id', 'role', 'connection', 'state', 'expires', 'last used', 'made by'], rows));
    return EXIT.clean;
  });

const revoke = (id: string, context: CliContext): Promise<number> =>
  withPool(context, async (pool) => {
    await createApiTokens(pool).revoke(id, accountName());
    context.print(`Token ${id} is revoked: the next request with it is refused.`);
    return EXIT.clean;
  });

export const addToken: AddCommand = (program, context) => {
  const token = program.command('token').description('Make, list and revoke the tokens of the HTTP API.');
  token
    .command('create')
    .description('Make a token and print it, once. Only its hash is stored.')
    .addOption(
      new Option('--role <role>', 'what it is good for: company resolution, or reading payloads of event history')
        .choices(API_TOKEN_ROLES)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--expires <duration>', 'how long it is valid: 12h, 30d, at most 366d')
        .argParser(parseLifetime)
        .makeOptionMandatory(),
    )
    .option('--connection <name>', 'the one connection it is good for; all when absent')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring token create --role resolve --expires 90d --connection acme\n  $ mooring token create --role codec --expires 12h',
    )
    .action(async (options: CreateOptions) => context.exit(await create(options, context)));
  token
    .command('list')
    .description('List tokens: role, connection, end, last use. Never the tokens themselves.')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring token list')
    .action(async ({ json }: { json?: true }) => context.exit(await list(json === true, context)));
  token
    .command('revoke')
    .description('End a token at once.')
    .argument('<id>', 'as "mooring token list" shows it')
    .addHelpText('after', '\nExamples:\n  $ mooring token revoke 3f2c9a1b')
    .action(async (id: string) => context.exit(await revoke(id, context)));
};
