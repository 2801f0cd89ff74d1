import { createReadCompanyCard } from '../adapters/postgres/company-card.ts';
import { createConnections } from '../adapters/postgres/connections.ts';
import type { Pool } from '../adapters/postgres/pool.ts';
import { createResolveCompany } from '../adapters/postgres/resolve-company.ts';
import { createAcceptOnce } from '../adapters/postgres/widget-requests.ts';
import { resolveOAuthApp } from '../adapters/secrets/resolve-oauth-app.ts';
import { resolveSecret } from '../adapters/secrets/resolve-secret.ts';
import { MooringError } from '../domain/errors.ts';
import type { WidgetPorts } from '../server/ports.ts';

/** The widget over PostgreSQL; secrets are read at each request, where the configuration says they lie. */
export function createWidgetPorts(pool: Pool): WidgetPorts {
  const connections = createConnections(pool);
  return {
    async find(name) {
      const found = await connections.find(name);
      if (found?.spec.widget === undefined) return undefined;
      const { connectionId, state, orgId, instanceUrl, spec } = found;
      const { loginUrl, clientSecret } = await resolveOAuthApp(name, spec.salesforce);
      const own = found.spec.widget.clientSecret;
      const secret =
        own === undefined ? clientSecret : await resolveSecret(own, `The widget secret of connection "${name}"`);
      if (secret === undefined) {
        throw new MooringError(
          'CONFIG_INVALID',
          `Connection "${name}" has a widget and no consumer secret. Add widget.clientSecret.`,
        );
      }
      return {
        ...{ name, connectionId, state, orgId, instanceUrl, loginUrl },
        schema: spec.schema,
        clientSecret: secret,
      };
    },
    acceptOnce: createAcceptOnce(pool),
    resolveCompany: createResolveCompany(pool),
    readCompanyCard: createReadCompanyCard(pool),
  };
}
