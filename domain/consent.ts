import type { LifecycleEffect } from './lifecycle.ts';

/** How an attempt stands. `pending`: the browser is at Salesforce; `consent_received`: its code waits to be exchanged; the rest is final. */
export type AttemptStatus =
  'pending' | 'consent_received' | 'succeeded' | 'denied' | 'expired' | 'failed' | 'refused_other_org' | 'consent_lost';

/** What came of an attempt. Goes through event history and onto a page: ids and sentences, never a token or a code. */
export type ConsentOutcome =
  | {
      readonly outcome: 'authorized';
      readonly message: string;
      /** 18 characters. */
      readonly orgId: string;
      readonly orgName?: string;
      readonly username: string;
      /** What the connection's workflow has to do now, in this order; the grant is stored and the org bound already. */
      readonly effects: readonly LifecycleEffect[];
    }
  | {
      readonly outcome: 'denied' | 'expired' | 'refused_other_org' | 'failed' | 'consent_lost';
      readonly message: string;
    };

export type FailedConsent = Exclude<ConsentOutcome, { outcome: 'authorized' }>;

/** A ticket, a link's browser round trip and Salesforce's code all live this long; Salesforce's own limit for a code is 15 minutes. */
export const ATTEMPT_LIFETIME_MS = 15 * 60_000;

export const statusOf = ({ outcome }: ConsentOutcome): AttemptStatus =>
  outcome === 'authorized' ? 'succeeded' : outcome;

export const EXPIRED: FailedConsent = {
  outcome: 'expired',
  message: 'The authorization was not completed within 15 minutes. Ask for a new link.',
};

export const CONSENT_LOST: FailedConsent = {
  outcome: 'consent_lost',
  message:
    'Salesforce was asked for the grant and its answer did not arrive. The consent can be used only once, so it was not asked again. Ask for a new link.',
};

/** Salesforce's `error` of the callback → what to tell the person; anything else is told by its name. */
const CALLBACK_ERRORS: Readonly<Record<string, FailedConsent>> = {
  access_denied: { outcome: 'denied', message: 'Access was denied at Salesforce. Nothing was changed.' },
  OAUTH_APP_BLOCKED: {
    outcome: 'failed',
    message: 'An administrator of the org has blocked this app. Ask for it to be unblocked.',
  },
  OAUTH_APP_ACCESS_DENIED: {
    outcome: 'failed',
    message: 'An administrator of the org has to approve this user for the app (permission set or profile).',
  },
  OAUTH_APPROVAL_ERROR_GENERIC: {
    outcome: 'failed',
    message:
      'Salesforce refused the app, as it does for an app that is not installed in the org. An administrator has to install or approve it.',
  },
  invalid_scope: {
    outcome: 'failed',
    message: 'The app does not allow the scopes "api refresh_token id". Add them to the app in Salesforce Setup.',
  },
};

/** Names what Salesforce's redirect reported instead of a code. Its description is not repeated: anybody can write one into a URL. */
export function describeCallbackError(error: string): FailedConsent {
  const known = Object.hasOwn(CALLBACK_ERRORS, error) ? CALLBACK_ERRORS[error] : undefined;
  if (known !== undefined) return known;
  const name = /^\w{1,64}$/.test(error) ? `"${error}"` : 'an unknown error';
  return { outcome: 'failed', message: `Salesforce ended the authorization with ${name}. Nothing was changed.` };
}
