import { join } from 'node:path';
import type { Client } from './run-clients.ts';
import { pythonWithClients } from './python-environment.ts';

const here = import.meta.dirname;

/** Returns the clients that judge the emulator, each with what starts its scenarios. @throws Error where Python lacks */
export async function findClients(report?: (sentence: string) => void): Promise<Client[]> {
  const python = await pythonWithClients(process.env, report);
  const script = (name: string): string => join(here, 'python', name);
  return [
    { name: 'simple-salesforce', command: [python, script('simple_salesforce_scenarios.py')] },
    { name: 'salesforce-bulk', command: [python, script('salesforce_bulk_scenarios.py')] },
    { name: 'jsforce', command: [process.execPath, '--import', 'tsx', join(here, 'jsforce', 'main.ts')] },
  ];
}
