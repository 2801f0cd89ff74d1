import { connectionWorkflowId } from '../../domain/names.ts';
import { until } from '../support/until.ts';
import { personOf, runsEnd, stateBecomes, type PersonName, type Step } from './connection-storm.ts';
import { afterRun } from './run-steps.ts';
import { letLeaseAge, loadedPagesOf } from './stored.ts';
import { setWeather } from './weather.ts';

export const revoke: Step = {
  name: 'revoke',
  async run(storm, expected) {
    const { world, connection } = storm;
    await world.mooring.signalRevoke(connection.name, 'storm');
    if (expected.state !== 'active' && expected.state !== 'reauthorization_required') return;
    await stateBecomes(storm, 'revoked');
    const pagesWhenRevoked = await loadedPagesOf(world.pool, connection);
    Object.assign(expected, { state: 'revoked', grantLives: false, accessLives: false, pagesWhenRevoked });
    if (expected.zombie === 'current') expected.zombie = 'fenced';
    expected.waitingRun = undefined;
    await letLeaseAge(world, connection);
    await runsEnd(storm);
  },
};

export const reauthorize: Step = {
  name: 'somebody asks for a new authorization',
  async run({ world, connection }) {
    const handle = world.temporal.client.workflow.getHandle(connectionWorkflowId(connection.name));
    await handle.signal('reauthorize', { reason: 'storm' });
    await until(
      'it is shown',
      async () => (await world.mooring.status(connection.name)).reauthorizationAsked !== undefined,
    );
  },
};

export const expireSessions: Step = {
  name: 'access tokens expire',
  async run({ world }, expected) {
    await world.salesforce.expireSessions(expected.boundTo);
    expected.accessLives = false;
  },
};

export const revokeAll: Step = {
  name: 'an administrator revokes all grants',
  async run({ world }, expected) {
    await world.salesforce.revokeAll(expected.boundTo);
    Object.assign(expected, { accessLives: false, grantLives: false });
  },
};

export const freeze = (who: PersonName): Step => ({
  name: `${who} is frozen, or let in again`,
  isPossible: ({ waitingRun }) => waitingRun !== 'for Salesforce',
  async run(storm, { frozen }) {
    const isFrozen = !frozen.has(who);
    await storm.world.salesforce.freeze(personOf(storm, who), isFrozen);
    if (isFrozen) frozen.add(who);
    else frozen.delete(who);
  },
});

export const toggleTokenEndpoint: Step = {
  name: 'the token endpoint fails, or is back',
  async run(storm, expected) {
    expected.isTokenEndpointDown = !expected.isTokenEndpointDown;
    await setWeather(storm, expected);
    if (expected.waitingRun !== 'for Salesforce') return;
    await letLeaseAge(storm.world, storm.connection);
    await afterRun(storm, expected);
  },
};

export const toggleRevokeEndpoint: Step = {
  name: 'the revoke endpoint fails, or is back',
  async run(storm, expected) {
    expected.isRevokeEndpointDown = !expected.isRevokeEndpointDown;
    await setWeather(storm, expected);
  },
};

export const restartWorker: Step = {
  name: 'the worker restarts',
  isPossible: ({ waitingRun }) => waitingRun !== 'for Salesforce', // it would wait for the lease to age
  run: ({ worker }) => worker.restart(),
};
