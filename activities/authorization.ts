import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionSpec, SalesforceSpec } from '../domain/connection-spec.ts';
import { CONSENT_LOST, type ConsentOutcome, type FailedConsent } from '../domain/consent.ts';
import { MooringError, type ErrorCode } from '../domain/errors.ts';
import type { JobKind } from '../domain/job-spec.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import { isNotifying } from '../domain/notification.ts';
import type { ConfirmedGrant, Identity, OAuthApp, TokenReply } from '../domain/oauth-app.ts';
import { toFailure } from './to-failure.ts';

/** A consent that may be sent to Salesforce, as `exchanges.begin` hands it out. */
interface Exchange {
  readonly attemptId: string;
  readonly connection: string;
  readonly connectionId: string;
  readonly salesforce: SalesforceSpec;
  readonly redirectUri: string;
  readonly code: string;
  readonly codeVerifier: string;
}

interface KnownConnection {
  readonly connectionId: string;
  readonly state: ConnectionState;
  readonly orgId: string | null;
  readonly orgName: string | null;
  readonly username: string | null;
  readonly revision: number;
  readonly spec: {
    readonly salesforce: SalesforceSpec;
    readonly jobs: readonly { readonly name: string; readonly kind: JobKind; readonly enabled: boolean }[];
    readonly chains: readonly { readonly name: string }[];
    readonly notify: ConnectionSpec['notify'];
  };
}

/** All this file needs from outside. */
export interface AuthorizationPorts {
  readonly connections: {
    findOrThrow(name: string): Promise<KnownConnection>;
    /** Destroyed ones too. */
    findById(connectionId: string): Promise<{ readonly name: string; readonly spec: KnownConnection['spec'] }>;
  };
  readonly attempts: { waiting(connection: string): Promise<readonly string[]> };
  readonly exchanges: {
    begin(connection: string, attemptId: string): Promise<Exchange | ConsentOutcome>;
    postpone(exchange: Exchange): Promise<void>;
    fail(exchange: Exchange, outcome: FailedConsent, unwantedToken?: string): Promise<ConsentOutcome>;
    complete(exchange: Exchange, grant: ConfirmedGrant): Promise<ConsentOutcome>;
  };
  readonly revocations: {
    revoke(connectionId: string, actor: string, reason?: string): Promise<{ state: ConnectionState; changed: boolean }>;
    isAnyPending(connectionId: string): Promise<boolean>;
    pending(connectionId: string): Promise<readonly { id: string; connectionId: string; token: string }[]>;
    confirm(pending: { id: string; connectionId: string; token: string }): Promise<void>;
    destroy(connectionId: string, actor: string): Promise<void>;
  };
  readonly notifications: { isAnyWaiting(connectionId: string): Promise<boolean> };
  readonly oauth: {
    exchangeCode(app: OAuthApp, consent: Pick<Exchange, 'code' | 'codeVerifier' | 'redirectUri'>): Promise<TokenReply>;
    identity(app: OAuthApp, tokens: TokenReply): Promise<Identity>;
    organizationName(app: OAuthApp, tokens: TokenReply, apiVersion: string): Promise<string | undefined>;
    revoke(app: OAuthApp, token: string): Promise<void>;
  };
  readonly resolveApp: (connection: string, salesforce: SalesforceSpec) => Promise<OAuthApp>;
}

/** What the connection's workflow starts from. */
export interface LoadedConnection {
  readonly connectionId: string;
  readonly state: ConnectionState;
  /** The binding, 18 characters; null before the first authorization. */
  readonly orgId: string | null;
  readonly orgName: string | null;
  readonly username: string | null;
  readonly revision: number;
  readonly jobs: readonly { readonly name: string; readonly kind: JobKind; readonly enabled: boolean }[];
  readonly chains: readonly string[];
  /** Consents whose exchange was asked for by a signal that got lost. */
  readonly waitingAttempts: readonly string[];
  /** Whether Salesforce has still to be told about grants that are out of use here. */
  readonly isSalesforceUntold: boolean;
  /** Whether the configuration names people to notify. */
  readonly isNotifying: boolean;
  /** Whether mails to them wait to be sent. */
  readonly isMailWaiting: boolean;
}

export type AuthorizationActivities = ReturnType<typeof createAuthorizationActivities>;

/** Salesforce certainly did not take the code: it may be sent again. */
const MAY_SEND_AGAIN: ReadonlySet<ErrorCode> = new Set(['SF_UNREACHABLE', 'SF_RATE_LIMITED']);
/** Salesforce may have taken the code, and nobody can tell. */
const ANSWER_UNKNOWN: ReadonlySet<ErrorCode> = new Set(['SF_ANSWER_LOST', 'SF_SERVER_ERROR']);

const failed = (message: string): FailedConsent => ({ outcome: 'failed', message });

const missingScope = (scope: string): FailedConsent =>
  failed(
    `The grant came without the scope "${scope}". Allow "api refresh_token id" for the app in Salesforce Setup, then ask for a new link.`,
  );

/** Sends the code. Returns the tokens, or the outcome when there are none; throws what Temporal may repeat. */
async function sendCode(
  { exchanges, oauth, resolveApp }: AuthorizationPorts,
  begun: Exchange,
): Promise<{ readonly app: OAuthApp; readonly tokens: TokenReply } | ConsentOutcome> {
  let app: OAuthApp;
  try {
    app = await resolveApp(begun.connection, begun.salesforce);
  } catch (error) {
    await exchanges.postpone(begun);
    throw error;
  }
  try {
    return { app, tokens: await oauth.exchangeCode(app, begun) };
  } catch (error) {
    if (!(error instanceof MooringError)) throw error; // the mark of sending stays: a repetition ends as consent_lost
    if (MAY_SEND_AGAIN.has(error.code)) {
      await exchanges.postpone(begun);
      throw error;
    }
    return exchanges.fail(begun, ANSWER_UNKNOWN.has(error.code) ? CONSENT_LOST : failed(error.message));
  }
}

/** Confirms whose grant it is and has it stored. The tokens exist only here until then, so a database that blinks is asked again. */
async function takeGrant(
  { exchanges, oauth }: AuthorizationPorts,
  begun: Exchange,
  { app, tokens }: { readonly app: OAuthApp; readonly tokens: TokenReply },
): Promise<ConsentOutcome> {
  const { refreshToken } = tokens;
  if (refreshToken === undefined) return exchanges.fail(begun, missingScope('refresh_token'));
  if (!tokens.scopes.includes('api') && !tokens.scopes.includes('full')) {
    return exchanges.fail(begun, missingScope('api'), refreshToken);
  }
  let identity: Identity;
  try {
    identity = await oauth.identity(app, tokens);
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    return exchanges.fail(begun, failed(`${error.message} Ask for a new link.`), refreshToken);
  }
  const orgName = await oauth.organizationName(app, tokens, begun.salesforce.apiVersion);
  const grant = { tokens: { ...tokens, refreshToken }, identity, clientId: app.clientId };
  return persist(() => exchanges.complete(begun, orgName === undefined ? grant : { ...grant, orgName }));
}

async function persist<T>(store: () => Promise<T>): Promise<T> {
  for (const pauseMs of [200, 1_000, 3_000]) {
    try {
      return await store();
    } catch {
      await delay(pauseMs);
    }
  }
  return store();
}

/** Tells Salesforce about grants that are out of use here. */
async function revokePending(
  { revocations, oauth }: AuthorizationPorts,
  connectionId: string,
  app: OAuthApp,
): Promise<number> {
  const pending = await revocations.pending(connectionId);
  for (const one of pending) {
    await oauth.revoke(app, one.token);
    await revocations.confirm(one);
  }
  return pending.length;
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** What a connection's workflow does about its authorization. Ids and sentences go in and out; tokens and codes stay inside. */
export const createAuthorizationActivities = (ports: AuthorizationPorts) => ({
  /**
   * Reads the connection as PostgreSQL knows it: the workflow starts from this, since PostgreSQL is the truth.
   * Changes nothing, asks only PostgreSQL.
   */
  loadConnection: ({ connection }: { readonly connection: string }): Promise<LoadedConnection> =>
    named(async () => {
      const { spec, ...known } = await ports.connections.findOrThrow(connection);
      const { connectionId, state, orgId, orgName, username, revision } = known;
      return {
        ...{ connectionId, state, orgId, orgName, username, revision },
        jobs: spec.jobs.map(({ name, kind, enabled }) => ({ name, kind, enabled })),
        chains: spec.chains.map(({ name }) => name),
        waitingAttempts: await ports.attempts.waiting(connection),
        isSalesforceUntold: await ports.revocations.isAnyPending(connectionId),
        isNotifying: isNotifying(spec.notify),
        isMailWaiting: await ports.notifications.isAnyWaiting(connectionId),
      };
    }),

  /**
   * Exchanges a consent for a grant, binds the org and stores the grant; every foreseen end is a result.
   *
   * Safe to repeat: a finished attempt answers with its outcome, and a code that was sent is never sent again. Costs one token
   * request, two API calls, and a revoke for each grant that went out of use. Takes up to two minutes when Salesforce is slow.
   */
  exchangeConsent: ({ connection, attemptId }: { readonly connection: string; readonly attemptId: string }) =>
    named(async (): Promise<ConsentOutcome> => {
      const begun = await ports.exchanges.begin(connection, attemptId);
      if ('outcome' in begun) return begun;
      const sent = await sendCode(ports, begun);
      if ('outcome' in sent) return sent;
      const outcome = await takeGrant(ports, begun, sent);
      // At once where possible. What fails here stays noted, and revokeAtSalesforce repeats it until it is done.
      await revokePending(ports, begun.connectionId, sent.app).catch(() => undefined);
      return outcome;
    }),

  /**
   * Revokes the connection on our side, at once and whether or not Salesforce can be reached. Safe to repeat: the second call
   * changes nothing. Asks only PostgreSQL; {@link revokeAtSalesforce} follows.
   */
  revokeConnection: ({ connection, reason }: { readonly connection: string; readonly reason?: string }) =>
    named(async () => {
      const { connectionId } = await ports.connections.findOrThrow(connection);
      return ports.revocations.revoke(connectionId, 'worker', reason);
    }),

  /**
   * Ends the connection: wipes its grant, tells Salesforce while the app's secrets can still be found, then frees its name.
   * Safe to repeat. What Salesforce does not answer to within one try stays noted, and the grant is out of use here in any case.
   *
   * @returns whether Salesforce has still to be told, by {@link revokeLeftGrants}
   */
  destroyConnection: ({ connection }: { readonly connection: string }) =>
    named(async (): Promise<{ readonly connectionId: string; readonly isSalesforceUntold: boolean }> => {
      const { connectionId, spec } = await ports.connections.findOrThrow(connection);
      await ports.revocations.revoke(connectionId, 'worker', 'destroyed');
      await ports
        .resolveApp(connection, spec.salesforce)
        .then((app) => revokePending(ports, connectionId, app))
        .catch(() => undefined);
      await ports.revocations.destroy(connectionId, 'worker');
      return { connectionId, isSalesforceUntold: await ports.revocations.isAnyPending(connectionId) };
    }),

  /**
   * Revokes at Salesforce what a destroyed connection has left; as {@link revokeAtSalesforce}, but by the id, since the name may be
   * another connection's by now.
   */
  revokeLeftGrants: ({ connectionId }: { readonly connectionId: string }) =>
    named(async () => {
      const { name, spec } = await ports.connections.findById(connectionId);
      return revokePending(ports, connectionId, await ports.resolveApp(name, spec.salesforce));
    }),

  /**
   * Revokes at Salesforce every grant of the connection that is out of use here: revoked, replaced or refused ones.
   * Safe to repeat: a token that is dead already counts as revoked. One request per grant.
   *
   * @returns how many were revoked
   */
  revokeAtSalesforce: ({ connection }: { readonly connection: string }) =>
    named(async () => {
      const { connectionId, spec } = await ports.connections.findOrThrow(connection);
      return revokePending(ports, connectionId, await ports.resolveApp(connection, spec.salesforce));
    }),
});
