/** The states of a connection, in PostgreSQL and in the `MooringState` search attribute. */
export const CONNECTION_STATES = [
  'awaiting_authorization',
  'active',
  'reauthorization_required',
  'revoked',
  'destroyed',
] as const;

export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Whether nothing of the connection runs until somebody consents. */
export const needsConsent = (state: ConnectionState): boolean => state !== 'active' && state !== 'destroyed';

/** What a decision is made from. `orgId` is the binding: once set it never changes. */
export interface Lifecycle {
  readonly state: ConnectionState;
  readonly orgId?: string;
}

export type LifecycleEvent =
  /** Somebody consented and Salesforce confirmed who and which org (18 characters). */
  | { readonly type: 'consented'; readonly orgId: string }
  /** An attempt ended without a grant: denied, expired, failed, answer lost. */
  | { readonly type: 'consentFailed' }
  /** Salesforce answered `invalid_grant` to a refresh. */
  | { readonly type: 'grantLost' }
  | { readonly type: 'revoke' }
  | { readonly type: 'reauthorize' }
  | { readonly type: 'destroy'; readonly activeRuns: number }
  /** Somebody wants to go on with the rows that a destroyed connection has left. */
  | { readonly type: 'adopt' };

/** What must be done because of an event, in this order. Doing one twice changes nothing. */
export type LifecycleEffect =
  | 'bindOrg'
  | 'storeGrant'
  | 'revokeReplacedGrant'
  | 'revokeNewGrant'
  | 'pauseSchedules'
  | 'raiseFences'
  | 'cancelRuns'
  | 'wipeGrant'
  | 'revokeGrant'
  | 'notifyGrantLost'
  | 'createSchedules'
  | 'resumeSchedules'
  | 'startFirstSync'
  | 'wakeWaitingRuns'
  | 'openAttempt'
  | 'deleteSchedules';

export interface Decision {
  readonly next: Lifecycle;
  readonly effects: readonly LifecycleEffect[];
  /** Set when the event was not followed: a full sentence for the page, the status and the audit. */
  readonly refusal?: string;
}

const stay = (current: Lifecycle): Decision => ({ next: current, effects: [] });
const refuse = (current: Lifecycle, refusal: string, effects: readonly LifecycleEffect[] = []): Decision => ({
  next: current,
  effects,
  refusal,
});

/** A consent is accepted for the bound org only; whatever is refused is revoked at Salesforce, and the old grant stays in force. */
function consented(current: Lifecycle, orgId: string): Decision {
  if (current.state === 'destroyed') {
    return refuse(current, 'The connection was destroyed and takes no new authorization.', ['revokeNewGrant']);
  }
  if (current.orgId !== undefined && current.orgId !== orgId) {
    return refuse(
      current,
      `The connection is bound to org "${current.orgId}"; the authorization for org "${orgId}" was refused and revoked. Sign in to the bound org, or make another connection.`,
      ['revokeNewGrant'],
    );
  }
  const next = { state: 'active', orgId } as const;
  switch (current.state) {
    case 'awaiting_authorization':
      return { next, effects: ['bindOrg', 'storeGrant', 'createSchedules', 'startFirstSync'] };
    case 'active':
      return { next, effects: ['storeGrant', 'revokeReplacedGrant'] };
    case 'reauthorization_required':
      return { next, effects: ['storeGrant', 'resumeSchedules', 'wakeWaitingRuns'] };
    case 'revoked':
      return { next, effects: ['storeGrant', 'resumeSchedules'] };
  }
}

function destroy(current: Lifecycle, activeRuns: number): Decision {
  if (current.state === 'destroyed') return stay(current);
  if (activeRuns > 0) {
    return refuse(
      current,
      `The connection has ${activeRuns} active runs. Revoke it first, or wait until they have ended.`,
    );
  }
  return {
    next: { ...current, state: 'destroyed' },
    effects: ['deleteSchedules', 'raiseFences', 'wipeGrant', 'revokeGrant'],
  };
}

/** Comes back as after a revoke: bound as before, without a grant, so that nobody but its own org can bring it to life. */
function adopt(current: Lifecycle): Decision {
  if (current.state !== 'destroyed')
    return refuse(current, 'The connection exists; only a destroyed one can be adopted.');
  if (current.orgId === undefined)
    return refuse(current, 'The connection was never authorized; there is nothing to adopt.');
  return { next: { ...current, state: 'revoked' }, effects: [] };
}

/**
 * Decides what an event does to a connection. Total: every event has an answer in every state, and a late or repeated one
 * changes nothing.
 */
export function decide(current: Lifecycle, event: LifecycleEvent): Decision {
  switch (event.type) {
    case 'consented':
      return consented(current, event.orgId);
    case 'consentFailed':
      return stay(current);
    case 'grantLost':
      if (current.state !== 'active') return stay(current);
      return {
        next: { ...current, state: 'reauthorization_required' },
        effects: ['wipeGrant', 'pauseSchedules', 'notifyGrantLost', 'revokeGrant'],
      };
    case 'revoke':
      if (current.state !== 'active' && current.state !== 'reauthorization_required') return stay(current);
      return {
        next: { ...current, state: 'revoked' },
        effects: ['pauseSchedules', 'raiseFences', 'cancelRuns', 'wipeGrant', 'revokeGrant'],
      };
    case 'reauthorize':
      if (current.state === 'destroyed') return refuse(current, 'The connection was destroyed; make a new one.');
      return { next: current, effects: ['openAttempt'] };
    case 'destroy':
      return destroy(current, event.activeRuns);
    case 'adopt':
      return adopt(current);
  }
}
