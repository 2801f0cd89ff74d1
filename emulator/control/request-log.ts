import type { FaultAction } from './fault-kinds.ts';

/** One request that the emulator answered; nothing in it is secret. */
export interface LoggedRequest {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  /** Without its query, which may hold tokens. */
  readonly path: string;
  /** Query parameters that hold no secret. */
  readonly query: Readonly<Record<string, string>>;
  /** Name of the org whose token came with it. */
  readonly org: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** Kind of the fault that struck it. */
  readonly fault: FaultAction['kind'] | undefined;
}

export interface RequestLog {
  readonly add: (request: LoggedRequest) => void;
  /** Oldest first. */
  readonly all: () => readonly LoggedRequest[];
  readonly clear: () => void;
}

/** Requests kept; older ones are forgotten. */
const KEPT = 10_000;

const HARMLESS_PARAMETERS = ['q', 'maxRecords', 'locator', 'start', 'end', 'fields', 'explain', 'state', 'error'];

export const harmlessQuery = (parameters: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...parameters].filter(([name]) => HARMLESS_PARAMETERS.includes(name)));

export function createRequestLog(): RequestLog {
  let requests: LoggedRequest[] = [];
  return {
    add: (request) => {
      requests.push(request);
      if (requests.length > 2 * KEPT) requests = requests.slice(-KEPT);
    },
    all: () => requests.slice(-KEPT),
    clear: () => {
      requests = [];
    },
  };
}
