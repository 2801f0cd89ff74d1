import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Entity } from './connection-entity.ts';
import type { ConnectionStatus } from './messages.ts';
import { countsText } from './show.ts';

const stateKey = defineSearchAttributeKey('MooringState', 'KEYWORD');
const orgKey = defineSearchAttributeKey('MooringOrg', 'KEYWORD');

export function statusOf({
  input,
  known,
  runningSyncs,
  lastRuns,
  lastRefusal,
  reauthorizationAsked,
}: Entity): ConnectionStatus {
  const { state, orgId, orgName, username, revision } = known;
  return {
    connection: input.connection,
    ...{ state, orgId, orgName, username, revision, runningSyncs },
    jobs: known.jobs.map(({ name, enabled }) => {
      const lastRun = lastRuns[name];
      return { name, enabled, ...(lastRun ? { lastRun } : {}) };
    }),
    ...(lastRefusal === undefined ? {} : { lastRefusal }),
    ...(reauthorizationAsked === undefined ? {} : { reauthorizationAsked }),
  };
}

/** Shows what went wrong; nothing else comes of it. */
export function complain(entity: Entity, sentence: string): void {
  entity.lastRefusal = sentence;
  show(entity);
}

/** Brings search attributes and the details of the Web UI up to date. */
export function show(entity: Entity): void {
  const { input, known } = entity;
  const wanted = `${known.state} ${known.orgId ?? ''}`;
  // Each upsert is an event of the history.
  if (input.searchable === true && entity.indexed !== wanted) {
    entity.indexed = wanted;
    upsertSearchAttributes([
      { key: stateKey, value: known.state },
      ...(known.orgId === null ? [] : [{ key: orgKey, value: known.orgId }]),
    ]);
  }
  const { jobs, runningSyncs, lastRefusal } = statusOf(entity);
  setCurrentDetails(
    [
      `**${known.state.replaceAll('_', ' ')}**${known.orgName === null ? '' : ` · ${known.orgName} (${known.orgId ?? ''}) · authorized by ${known.username ?? ''}`}`,
      ...(entity.reauthorizationAsked === undefined
        ? []
        : [`${entity.reauthorizationAsked} Run: mooring authorize ${input.connection}`]),
      ...(lastRefusal === undefined ? [] : [`Last problem: ${lastRefusal}`]),
      ...(runningSyncs.length === 0 ? [] : [`Running: ${runningSyncs.join(', ')}`]),
      [
        '| job | last run | rows |',
        '| --- | --- | --- |',
        ...jobs.map(
          ({ name, enabled, lastRun }) =>
            `| ${name}${enabled ? '' : ' (disabled)'} | ${lastRun?.status.replaceAll('_', ' ') ?? ''} | ${lastRun ? countsText(lastRun) : ''} |`,
        ),
      ].join('\n'),
    ].join('\n\n'),
  );
}
