import type { AttemptStatus } from '../../domain/consent.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';

export interface AttemptView {
  readonly connection: string;
  readonly status: AttemptStatus;
  readonly message: string;
  /** True when nothing will change any more. */
  readonly finished: boolean;
}

const POLL_MS = 1_000;

/** In a word or two, so that nobody has to tell it from a colour. */
const HEADLINES: Readonly<Record<AttemptStatus, string>> = {
  pending: 'Waiting…',
  consent_received: 'Working…',
  succeeded: 'Connected',
  denied: 'Not allowed',
  expired: 'Too late',
  failed: 'Not connected',
  refused_other_org: 'Refused',
  consent_lost: 'Not connected',
};

/** Asks for the attempt until it is finished, and shows what it says. Writes text only, so that no message becomes markup. */
const followScript: Html = {
  markup: `
(() => {
  const headlines = ${JSON.stringify(HEADLINES)};
  const [status, headline, message] = ['status', 'headline', 'message'].map((id) => document.getElementById(id));
  const look = async () => {
    try {
      const response = await fetch(status.dataset.follow, { headers: { accept: 'application/json' } });
      if (response.ok) {
        const attempt = await response.json();
        headline.textContent = headlines[attempt.status];
        message.textContent = attempt.message;
        status.className = 'status ' + (attempt.finished ? (attempt.status === 'succeeded' ? 'good' : 'bad') : 'waiting');
        if (attempt.finished) return;
      }
    } catch {
      message.textContent = 'Mooring does not answer at the moment. Looking again…';
    }
    setTimeout(look, ${POLL_MS});
  };
  look();
})();
`,
};

const tone = ({ finished, status }: AttemptView): string =>
  finished ? (status === 'succeeded' ? 'good' : 'bad') : 'waiting';

/**
 * The page after Salesforce: follows the attempt to its end, without a script too.
 *
 * @param followUrl - where the attempt is read as JSON
 */
export const attemptPage = (attempt: AttemptView, followUrl: string, nonce: string): string =>
  layout({
    title: `Connection “${attempt.connection}”`,
    nonce,
    body: html`<div
        id="status"
        class="status ${tone(attempt)}"
        data-follow="${followUrl}"
        role="status"
        aria-live="polite"
      >
        <p id="headline" class="headline">${HEADLINES[attempt.status]}</p>
        <p id="message">${attempt.message}</p>
      </div>
      <p class="small">You can close this window at any time.</p>`,
    ...(attempt.finished ? {} : { script: followScript, refreshSeconds: 2 }),
  });
