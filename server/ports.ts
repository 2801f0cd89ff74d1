import type { PayloadCodec } from '@temporalio/common';
import type { ApiCaller } from '../domain/api-token.ts';
import type { CompanyResolution } from '../domain/company-resolution.ts';
import type { SalesforceSpec } from '../domain/connection-spec.ts';
import type { AttemptStatus, ConsentOutcome, FailedConsent } from '../domain/consent.ts';

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
  /** Reads and writes payloads of event history; absent while they are not encrypted, and then `/codec` is not there. */
  readonly codec?: CodecPorts;
}

export interface CodecPorts {
  readonly codec: PayloadCodec;
  /** Origins of Web UIs whose pages may ask. */
  readonly uiOrigins: readonly string[];
  readonly authenticate: (token: string) => Promise<ApiCaller | undefined>;
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
