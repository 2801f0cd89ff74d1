import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { RunSummary } from '../domain/run.ts';

const stateKey = defineSearchAttributeKey('MooringState', 'KEYWORD');

/** Shows where a workflow stands in the Web UI. */
export function showState(state: string, { searchable }: { readonly searchable?: boolean | undefined }): void {
  if (searchable === true) upsertSearchAttributes([{ key: stateKey, value: state }]);
}

const number = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');

const WORDS: Readonly<Record<string, string>> = { openRejects: 'open rejects', outOfScope: 'out of scope' };

/** `5,000 read · 4,998 inserted · 2 rejected`: only what is not zero, but always what was read. */
export function countsText(summary: RunSummary): string {
  const parts = (
    ['inserted', 'updated', 'unchanged', 'deleted', 'rejected', 'openRejects', 'pending', 'outOfScope'] as const
  )
    .filter((name) => summary[name] > 0)
    .map((name) => `${number(summary[name])} ${WORDS[name] ?? name}`);
  return [`${number(summary.read)} read`, ...parts].join(' · ');
}

export const showSummary = (summary: RunSummary): void =>
  setCurrentDetails(
    [
      `**${summary.status.replaceAll('_', ' ')}** in ${summary.seconds.toFixed(1)} s, ${summary.apiCalls} API calls`,
      countsText(summary),
      ...(summary.reason === undefined ? [] : [summary.reason]),
    ].join('\n\n'),
  );

export const showStep = (step: string): void => setCurrentDetails(step);
