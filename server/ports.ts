import type { PayloadCodec } from '@temporalio/common';
import type { ApiCaller } from '../domain/api-token.ts';
import type { CompanyCard } from '../domain/company-card.ts';
import type { CompanyResolution } from '../domain/company-resolution.ts';
import type { SalesforceSpec } from '../domain/connection-spec.ts';
import type { AttemptStatus, ConsentOutcome, FailedConsent } from '../domain/consent.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';

/** All the server needs from outside. `adapters/postgres/attempts.ts` satisfies `attempts`. */
export interface ServerPorts {
  /** Where browsers reach this server, without a trailing slash; the redirect URI of every app is `<baseUrl>/oauth/callback`. */
  readonly baseUrl: string;
  readonly attempts: {
    open(request: { connection: string; ticket: string; redirectUri: string }): Promise<OpenedAttempt | undefined>;
    receive(
      state: string,
      browserSecretOf: (attemptId: string) => string | undefined,
      answer: { readonly code: string } | { readonly failed: FailedConsent },
    ): Promise<{ readonly attemptId: string; readonly connection: string } | undefined>;
    follow(attemptId: string, browserSecret: string): Promise<FollowedAttempt | undefined>;
    markSignalled(attemptId: string): Promise<void>;
  };
  /** Salesforce's login and consent pages for one attempt; reads the app's client id where its reference points. */
  readonly authorizationUrl: (
    connection: string,
    salesforce: SalesforceSpec,
    attempt: { readonly state: string; readonly codeVerifier: string; readonly redirectUri: string },
  ) => Promise<string>;
  /** Tells the connection's workflow that an attempt was answered. Safe to repeat. */
  readonly signalConsent: (connection: string, attemptId: string) => Promise<void>;
  /** What `/ready` asks: each resolves when its part can be used. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** What programs may ask; absent, `/api` is not there. */
  readonly api?: ApiPorts;
  /** The company card on Account pages; absent, it is not there. */
  readonly widget?: WidgetPorts;
  /** Reads and writes payloads of event history; absent while they are not encrypted, and then `/codec` is not there. */
  readonly codec?: CodecPorts;
}

export interface CodecPorts {
  readonly codec: PayloadCodec;
  /** Origins of Web UIs whose pages may ask. */
  readonly uiOrigins: readonly string[];
  readonly authenticate: (token: string) => Promise<ApiCaller | undefined>;
}

export interface WidgetPorts {
  /** Returns a connection that has a widget, or `undefined`: there is none of this name, or none that wants one. */
  readonly find: (connection: string) => Promise<WidgetConnection | undefined>;
  /** Remembers a signed request; false when it was seen before. */
  readonly acceptOnce: (connectionId: string, envelope: string) => Promise<boolean>;
  readonly resolveCompany: ApiPorts['resolveCompany'];
  readonly readCompanyCard: (key: {
    readonly connectionId: string;
    readonly schema: string;
    readonly companyId: string;
  }) => Promise<CompanyCard | undefined>;
}

/** A connection as its widget needs it, with the references of its configuration resolved. Never logged. */
export interface WidgetConnection {
  readonly name: string;
  readonly connectionId: string;
  readonly state: ConnectionState;
  /** The binding, 18 characters; null before the first authorization, as is the next. */
  readonly orgId: string | null;
  readonly instanceUrl: string | null;
  readonly schema: string;
  /** Origin. */
  readonly loginUrl: string;
  /** Consumer secret of the Canvas app. */
  readonly clientSecret: string;
}

export interface ApiPorts {
  /** `adapters/postgres/api-tokens.ts` satisfies it. */
  readonly authenticate: (token: string) => Promise<ApiCaller | undefined>;
  readonly resolveCompany: (connection: string, accountId: string) => Promise<CompanyResolution>;
}

interface OpenedAttempt {
  readonly attemptId: string;
  readonly salesforce: SalesforceSpec;
  readonly state: string;
  readonly codeVerifier: string;
  readonly browserSecret: string;
}

export interface FollowedAttempt {
  readonly attemptId: string;
  readonly connection: string;
  readonly status: AttemptStatus;
  readonly outcome: ConsentOutcome | null;
  readonly needsSignal: boolean;
}
