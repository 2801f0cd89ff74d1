import type { Expected, Storm } from './connection-storm.ts';
import { REVOKE_ENDPOINT, TOKEN_ENDPOINT } from './emulated-salesforce.ts';

const outage = { kind: 'unavailable' } as const;
const FOR_EVER = 1_000_000;

/** Faults are forgotten when the emulator starts anew, and can only be cleared together. */
export async function setWeather({ world: { salesforce } }: Storm, expected: Expected): Promise<void> {
  await salesforce.clearFaults();
  if (expected.isTokenEndpointDown) await salesforce.fault(TOKEN_ENDPOINT, outage, FOR_EVER);
  if (expected.isRevokeEndpointDown) await salesforce.fault(REVOKE_ENDPOINT, outage, FOR_EVER);
}
