/** What may go wrong with a reply. A new kind is one more member here and one more entry in `apply-fault.ts`. */
export type FaultAction =
  /** Answers with this status instead of doing the work. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Waits, then does the work. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Closes the connection before any reply. */
  | { readonly kind: 'reset' }
  /** Does the work, and closes the connection after so many bytes of the body. */
  | { readonly kind: 'resetAfter'; readonly bytes: number }
  /** Does the work, and ends the body after so many bytes as if it were whole. */
  | { readonly kind: 'truncate'; readonly bytes: number };

export interface Fault {
  readonly id: number;
  readonly action: FaultAction;
  /** Absent: every method. */
  readonly method?: string;
  /** Regular expression that the path must match; absent: every path under /services. */
  readonly path?: string;
  /** Times it strikes before it is spent. */
  times: number;
}

export interface Faults {
  readonly add: (fault: Omit<Fault, 'id'>) => Fault;
  /** Returns the oldest fault that fits, with one strike used up. */
  readonly take: (method: string, path: string) => Fault | undefined;
  readonly all: () => readonly Fault[];
  readonly clear: () => void;
}

export function createFaults(): Faults {
  let faults: Fault[] = [];
  let lastId = 0;
  const fits = (fault: Fault, method: string, path: string): boolean =>
    fault.times > 0 &&
    (fault.method === undefined || fault.method.toUpperCase() === method) &&
    new RegExp(fault.path ?? '^/services/').test(path);
  return {
    add: (fault) => {
      lastId += 1;
      const added = { ...fault, id: lastId };
      faults.push(added);
      return added;
    },
    take: (method, path) => {
      const fault = faults.find((candidate) => fits(candidate, method, path));
      if (fault === undefined) return undefined;
      fault.times -= 1;
      faults = faults.filter((candidate) => candidate.times > 0);
      return fault;
    },
    all: () => faults,
    clear: () => {
      faults = [];
    },
  };
}
