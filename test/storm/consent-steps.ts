import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connectionWorkflowId } from '../../domain/names.ts';
import { Browser } from '../server/browser.ts';
import { until } from '../support/until.ts';
import {
  ORG_OF,
  personOf,
  runsEnd,
  stateBecomes,
  type Expected,
  type PersonName,
  type Step,
  type Storm,
} from './connection-storm.ts';
import { TOKEN_ENDPOINT } from './emulated-salesforce.ts';
import { answerAs, arrive, openLink, untilEnded, type Ended } from './visitor.ts';
import { setWeather } from './weather.ts';

/** Its page says so as soon as PostgreSQL does; what it settles is settled once the workflow has heard of it. */
const exchangeIsOver = ({ world, connection }: Storm): Promise<void> =>
  until('the workflow has heard how the exchange ended', async () => {
    const { raw } = await world.temporal.client.workflow.getHandle(connectionWorkflowId(connection.name)).describe();
    return !raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'exchangeConsent');
  });

/** Brings `expected` up to date after somebody pressed Allow, and waits for what follows from it. */
async function afterConsent(storm: Storm, expected: Expected, who: PersonName, { status }: Ended): Promise<void> {
  const org = ORG_OF[who];
  if (expected.boundTo !== undefined && expected.boundTo !== org) {
    assert.equal(status, 'refused_other_org');
    return;
  }
  assert.equal(status, 'succeeded');
  Object.assign(expected, { boundTo: org, user: who, state: 'active', grantLives: true, accessLives: true });
  Object.assign(expected, { pagesWhenRevoked: undefined, waitingRun: undefined });
  await stateBecomes(storm, 'active');
  await exchangeIsOver(storm);
  // The first sync, or runs that waited for this.
  const { world, connection } = storm;
  await until('every job has run once', async () =>
    (await world.mooring.status(connection.name)).jobs.every(
      ({ enabled, lastRun }) => !enabled || lastRun !== undefined,
    ),
  );
  await runsEnd(storm);
}

/** Walks to the callback; who is frozen does not get that far. */
async function walk(storm: Storm, expected: Expected, who: PersonName, decision: 'allow' | 'deny' = 'allow') {
  const { world, connection } = storm;
  const visitor = await openLink(world, connection.name);
  if (expected.frozen.has(who)) {
    await assert.rejects(answerAs(visitor, personOf(storm, who), decision), /refused/);
    return undefined;
  }
  const callback = await answerAs(visitor, personOf(storm, who), decision);
  storm.last = { visitor, callback };
  return { visitor, callback };
}

export const allow = (who: PersonName): Step => ({
  name: `${who} allows`,
  async run(storm, expected) {
    const walked = await walk(storm, expected, who);
    if (walked === undefined) return;
    const page = await arrive(walked.visitor, walked.callback);
    const ended = await untilEnded(storm.world, walked.visitor, page);
    if (expected.isTokenEndpointDown) assert.equal(ended.status, 'consent_lost');
    else await afterConsent(storm, expected, who, ended);
  },
});

export const allowWhileAway = (who: PersonName): Step => ({
  name: `${who} allows, and Salesforce goes away before the exchange`,
  isPossible: ({ isTokenEndpointDown, waitingRun }) => !isTokenEndpointDown && waitingRun !== 'for Salesforce',
  async run(storm, expected) {
    const { salesforce } = storm.world;
    const walked = await walk(storm, expected, who);
    if (walked === undefined) return;
    await salesforce.goAway();
    const page = await arrive(walked.visitor, walked.callback);
    await salesforce.comeBack();
    await setWeather(storm, expected);
    await afterConsent(storm, expected, who, await untilEnded(storm.world, walked.visitor, page));
  },
});

export const loseAnswer = (who: PersonName): Step => ({
  name: `${who} allows, and the answer with the tokens gets lost`,
  isPossible: ({ isTokenEndpointDown }) => !isTokenEndpointDown,
  async run(storm, expected) {
    const walked = await walk(storm, expected, who);
    if (walked === undefined) return;
    await storm.world.salesforce.fault(TOKEN_ENDPOINT, { kind: 'resetAfter', bytes: 10 });
    const page = await arrive(walked.visitor, walked.callback);
    assert.equal((await untilEnded(storm.world, walked.visitor, page)).status, 'consent_lost');
    expected.orphans += 1;
  },
});

export const deny = (who: PersonName): Step => ({
  name: `${who} denies`,
  async run(storm, expected) {
    const walked = await walk(storm, expected, who, 'deny');
    if (walked === undefined) return;
    const page = await arrive(walked.visitor, walked.callback);
    assert.equal((await untilEnded(storm.world, walked.visitor, page)).status, 'denied');
  },
});

export const abandon: Step = {
  name: 'somebody opens a link and closes the window',
  async run({ world, connection }) {
    await openLink(world, connection.name);
  },
};

const refused = async (answer: Promise<Response>): Promise<void> => assert.equal((await answer).status, 400);

export const forge: Step = {
  name: 'a forged callback',
  run: async ({ world }) =>
    refused(
      new Browser().get(
        `${world.baseUrl}/oauth/callback?code=aPrx${randomBytes(30).toString('hex')}&state=${randomBytes(32).toString('base64url')}`,
      ),
    ),
};

export const stealCallback: Step = {
  name: 'a callback in another browser',
  async run(storm, expected) {
    const walked = await walk(storm, expected, 'ann');
    if (walked === undefined) return;
    await refused(new Browser().get(walked.callback));
    delete storm.last; // its owner never comes
  },
};

export const replay: Step = {
  name: 'the last callback once more',
  async run({ last }) {
    if (last !== undefined) await refused(last.visitor.browser.get(last.callback));
  },
};
