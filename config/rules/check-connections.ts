import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, quote } from '../../domain/did-you-mean.ts';
import { connectionProblem, type DraftConnection } from '../draft.ts';
import { checkOrg } from '../login-url.ts';
import type { Rule } from './rule.ts';

/** The first API version with Bulk API 2.0 queries. */
const OLDEST_API_VERSION = 47;
const OWN_SCHEMA = 'mooring';

/** The org, the API version, the schema, the company resolution and the widget of each connection. */
export const checkConnections: Rule = ({ connections }) =>
  connections.flatMap((connection) => [
    ...orgProblems(connection),
    ...versionProblems(connection),
    ...schemaProblems(connection),
    ...resolutionProblems(connection),
    ...widgetProblems(connection),
  ]);

function orgProblems(connection: DraftConnection): Diagnostic[] {
  const path = ['salesforce', 'org'];
  const { loginUrl } = connection.spec.salesforce;
  const written = typeof loginUrl === 'string' ? connection.document.textAt(path) : undefined;
  const problem = written === undefined ? undefined : checkOrg(written);
  return problem ? [connectionProblem(connection, { path, ...problem })] : [];
}

function versionProblems(connection: DraftConnection): Diagnostic[] {
  const { apiVersion } = connection.spec.salesforce;
  if (Number.parseInt(apiVersion, 10) >= OLDEST_API_VERSION) return [];
  const message = `API version ${quote(apiVersion)} is too old: it has no Bulk API 2.0 queries. Use "${OLDEST_API_VERSION}.0" or newer.`;
  return [connectionProblem(connection, { path: ['salesforce', 'apiVersion'], message })];
}

function schemaProblems(connection: DraftConnection): Diagnostic[] {
  const { schema } = connection.spec;
  if (schema !== OWN_SCHEMA && schema !== 'information_schema' && !schema.startsWith('pg_')) return [];
  const owner = schema === OWN_SCHEMA ? "Mooring's own state" : 'PostgreSQL itself';
  return [
    connectionProblem(connection, {
      path: ['schema'],
      message: `The schema ${quote(schema)} belongs to ${owner}. Choose another one, as in "model".`,
    }),
  ];
}

function widgetProblems(connection: DraftConnection): Diagnostic[] {
  const { widget, salesforce } = connection.spec;
  if (widget === undefined || widget.clientSecret !== undefined || salesforce.clientSecret !== undefined) return [];
  const message =
    'The widget is opened by requests that Salesforce signs with a consumer secret, and the connection names none. Add widget.clientSecret or salesforce.clientSecret, as in { env: ACME_CLIENT_SECRET }.';
  return [connectionProblem(connection, { path: ['widget'], message })];
}

function resolutionProblems(connection: DraftConnection): Diagnostic[] {
  const companySync = connection.jobs.find(({ spec }) => spec.kind === 'company')?.spec;
  const columns = [...(companySync?.upsertKey ?? []), ...(companySync?.mappings.map(({ target }) => target) ?? [])];
  return connection.spec.companyResolution.flatMap(({ company }, index): Diagnostic[] => {
    if (company === '' || columns.includes(company)) return [];
    // A team may fill a column of its own; then nothing is wrong.
    const message = `Company Sync fills no column ${quote(company)}, so this pair finds only companies whose column something else fills.${didYouMean(company, columns)}`;
    return [
      connectionProblem(connection, {
        path: ['companyResolution', 'match', index, 'company'],
        message,
        severity: 'warning',
      }),
    ];
  });
}
