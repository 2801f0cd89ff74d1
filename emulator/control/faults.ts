import { FAULT_KINDS, type FaultAction } from './fault-kinds.ts';

/** Which requests a fault strikes, and how often. */
export interface FaultRule {
  readonly action: FaultAction;
  /** Methods, `|` between them; absent: those of the kind. */
  readonly method?: string;
  /** Regular expression that the path must match; absent: the paths of the kind. */
  readonly path?: string;
  /** Name of the org whose tokens it strikes; absent: everybody's. */
  readonly org?: string;
  /** Matching requests that it lets pass first. Default 0. */
  readonly after?: number;
  /** Share of the matching requests that it strikes, 0 to 1. Default 1. */
  readonly probability?: number;
  /** Decides which ones, the same every time. Default 1. */
  readonly seed?: number;
}

interface Fault extends FaultRule {
  readonly id: number;
  /** Strikes left. */
  readonly times: number;
  readonly struck: number;
}

/** What is known of a request before it is answered. */
interface FaultTarget {
  readonly method: string;
  readonly path: string;
  /** Name of the org whose token it carries. */
  readonly org?: string | undefined;
}

export interface Faults {
  readonly add: (rule: FaultRule, times: number) => Fault;
  /** Returns what the oldest fault that strikes does to the request, with one strike used up. */
  readonly take: (target: FaultTarget) => FaultAction | undefined;
  /** Those that still can strike, the oldest first. */
  readonly all: () => readonly Fault[];
  readonly remove: (id: number) => boolean;
  readonly clear: () => void;
}

/** A fault at work: its rule made ready, and its counts. */
interface Armed {
  readonly rule: FaultRule;
  readonly id: number;
  readonly path: RegExp;
  readonly methods: readonly string[] | undefined;
  readonly random: () => number;
  passed: number;
  left: number;
  struck: number;
}

/** Mulberry32: small, and the same numbers for the same seed on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns what is wrong with a rule that somebody wrote, in a sentence; `undefined` for a good one. */
export function faultProblem(rule: FaultRule): string | undefined {
  const action = rule.action as Readonly<Record<string, unknown>> | undefined;
  const kind = String(action?.['kind']);
  const known = (FAULT_KINDS as Readonly<Record<string, (typeof FAULT_KINDS)['status'] | undefined>>)[kind];
  if (action === undefined || known === undefined) {
    return `There is no fault of kind "${kind}". Known: ${Object.keys(FAULT_KINDS).join(', ')}.`;
  }
  for (const [name, type] of Object.entries(known.needs ?? {})) {
    if (typeof action[name] !== type) return `A fault of kind "${kind}" needs "${name}", a ${type}.`;
  }
  const { probability = 1 } = rule;
  if (!(probability >= 0 && probability <= 1)) return `"probability" is ${probability}; it must lie between 0 and 1.`;
  try {
    new RegExp(rule.path ?? '');
  } catch {
    return `"path" is no regular expression: "${rule.path ?? ''}".`;
  }
  return undefined;
}

export function createFaults(): Faults {
  let armed: Armed[] = [];
  let lastId = 0;

  const fits = (fault: Armed, { method, path, org }: FaultTarget): boolean =>
    (fault.methods?.includes(method) ?? true) &&
    fault.path.test(path) &&
    (fault.rule.org === undefined || fault.rule.org === org);
  const strikes = (fault: Armed): boolean => {
    fault.passed += 1;
    if (fault.passed <= (fault.rule.after ?? 0)) return false;
    return fault.rule.probability === undefined || fault.random() < fault.rule.probability;
  };
  const shown = ({ rule, id, left, struck }: Armed): Fault => ({ ...rule, id, times: left, struck });

  return {
    add: (rule, times) => {
      lastId += 1;
      const kind = FAULT_KINDS[rule.action.kind];
      const fault: Armed = {
        rule,
        id: lastId,
        path: new RegExp(rule.path ?? kind.path),
        methods: (rule.method ?? kind.method)?.toUpperCase().split('|'),
        random: seededRandom(rule.seed ?? 1),
        passed: 0,
        left: times,
        struck: 0,
      };
      armed.push(fault);
      return shown(fault);
    },
    take: (target) => {
      for (const fault of armed) {
        if (!fits(fault, target) || !strikes(fault)) continue;
        fault.left -= 1;
        fault.struck += 1;
        armed = armed.filter((candidate) => candidate.left > 0);
        return fault.rule.action;
      }
      return undefined;
    },
    all: () => armed.map(shown),
    remove: (id) => {
      const before = armed.length;
      armed = armed.filter((fault) => fault.id !== id);
      return armed.length < before;
    },
    clear: () => {
      armed = [];
    },
  };
}
