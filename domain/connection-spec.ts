import type { JobSpec, ScheduleSpec } from './job-spec.ts';
import type { OnDependency } from './on-dependency.ts';

/** Where a secret lies: never the secret itself. Resolved by the process that uses it (worker, server). */
export type SecretRef = { readonly env: string } | { readonly file: string };

/** One ordered step of company resolution: an Account whose `account` field equals a company's `company` column is that company. */
export interface ResolutionPair {
  /** Field of the Salesforce Account, as `describe` spells it. */
  readonly account: string;
  /** Column of the `company` table. */
  readonly company: string;
}

export interface SalesforceSpec {
  /** `https://login.salesforce.com`, `https://test.salesforce.com`, a My Domain origin, an `http://localhost:PORT` origin, or where to find one. */
  readonly loginUrl: string | SecretRef;
  readonly clientId: SecretRef;
  /** Absent for a public client, which authorizes by PKCE alone. */
  readonly clientSecret?: SecretRef;
  /** Two digits and `.0`, as in `62.0`. */
  readonly apiVersion: string;
  /** Percent of the org's daily API calls from which on jobs wait; absent: 90. */
  readonly apiBudget?: number;
}

/** The company card on Account pages. */
interface WidgetSpec {
  /** Consumer secret of the Canvas app, by which it signs; absent when it is that of the connection's own app. */
  readonly clientSecret?: SecretRef;
}

export interface ChainSpec {
  readonly name: string;
  readonly schedule: ScheduleSpec;
  /** Names of jobs of the connection, which lose their own schedules. */
  readonly jobs: readonly string[];
  /** For its jobs that do not say so themselves; absent: `partial`. */
  readonly onDependency?: OnDependency;
}

/** One connection with all its jobs, after defaults and the catalog are merged in: what `apply` stores as a revision. */
export interface ConnectionSpec {
  readonly name: string;
  readonly salesforce: SalesforceSpec;
  /** PostgreSQL schema of the customer model. */
  readonly schema: string;
  readonly companyResolution: readonly ResolutionPair[];
  /** Absent: the connection has none. */
  readonly widget?: WidgetSpec;
  /** Roles of PostgreSQL that read the model and what custom jobs fill; absent when there are none. */
  readonly grants?: readonly string[];
  readonly notify: { readonly success: readonly string[]; readonly failure: readonly string[] };
  readonly jobs: readonly JobSpec[];
  readonly chains: readonly ChainSpec[];
}
