import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { createMooringClient } from '../client.ts';
import { MooringError, type ErrorCode } from '../domain/errors.ts';
import { connectionWorkflowId, jobWorkflowId } from '../domain/names.ts';
import { freePort } from '../services/free-port.ts';
import { createFakeConnection, gate } from './workflows/fake-activities.ts';
import { withConnection } from './workflows/with-connection.ts';
import { testTemporal } from './support/temporal.ts';

const { client, unique, taskQueue } = await testTemporal();
const patience = { workerMs: 1_500, answerMs: 1_500 };
const impatient = createMooringClient({ client, taskQueue, searchable: true, patience });

const isError = (code: ErrorCode, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MooringError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

test('without a worker every command that needs one says so after a while, and what to start', async () => {
  const acme = unique('acme');
  await impatient.startConnection(acme);
  const noWorker = isError(
    'NO_WORKER',
    /^Connection "acme-\w+" did not answer within 1\.5 seconds: .*Start one: mooring worker$/,
  );
  await Promise.all(
    [
      () => impatient.configure(acme),
      () => impatient.runJobs(acme, {}),
      () => impatient.pauseSchedules(acme),
      () => impatient.resumeSchedules(acme),
      () => impatient.destroy(acme),
      () => impatient.status(acme),
    ].map((command) => assert.rejects(command(), noWorker)),
  );
  await client.workflow.getHandle(connectionWorkflowId(acme)).terminate();
});

test('a connection that was never applied, or whose workflow is gone, is not deployed', async () => {
  const notDeployed = isError('CONNECTION_UNKNOWN', /^Connection "acme-\w+" is not deployed\. Run: mooring apply DIR$/);
  await assert.rejects(impatient.runJobs(unique('acme'), {}), notDeployed);
  const acme = unique('acme');
  await impatient.startConnection(acme);
  await client.workflow.getHandle(connectionWorkflowId(acme)).terminate();
  await assert.rejects(impatient.configure(acme), notDeployed);
  await assert.rejects(impatient.signalConsent(acme, 'a1'), notDeployed);
});

test('starting a connection twice starts it once', async () => {
  const acme = unique('acme');
  await impatient.startConnection(acme);
  const { runId } = await client.workflow.getHandle(connectionWorkflowId(acme)).describe();
  await impatient.startConnection(acme);
  const workflow = await client.workflow.getHandle(connectionWorkflowId(acme)).describe();
  assert.equal(workflow.runId, runId);
  assert.equal(await workflow.staticSummary(), `Connection ${acme} to Salesforce`);
  await client.workflow.getHandle(connectionWorkflowId(acme)).terminate();
});

test('a request that is taken and not answered is called busy, not unheard', async () => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  await withConnection(
    fake,
    async (acme) => {
      await assert.rejects(
        impatient.configure(acme),
        isError('CONNECTION_BUSY', /took the request and has not answered within 1\.5 seconds/),
      );
      open();
    },
    { activities: { reconcileSchedules: () => opened.then(() => []) } },
  );
});

test('a Temporal server that is gone is unreachable', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const nobody = new Client({ connection: Connection.lazy({ address }) });
  const mooring = createMooringClient({ client: nobody, patience });
  await assert.rejects(mooring.status('acme'), isError('TEMPORAL_UNREACHABLE', /Temporal cannot be reached/));
  await nobody.connection.close();
});

test('nobody runs a job that was never started', async () => {
  assert.equal(await impatient.isRunning(jobWorkflowId(unique('acme'), 'user-sync')), false);
});
