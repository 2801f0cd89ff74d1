/** What may go wrong. A new kind is one member here, one line in {@link FAULT_KINDS}, and the place that carries it out. */
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
  /** Does the work, and ends the body after so many bytes as if it were whole: of a compressed reply, a truncated gzip. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Does the work, and lets the body out at this rate. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** 503 with a page of HTML, as during maintenance. */
  | { readonly kind: 'unavailable' }
  /** 429 with `Retry-After`. */
  | { readonly kind: 'tooManyRequests'; readonly retryAfterSeconds?: number }
  /** 401 `INVALID_SESSION_ID`, while the session lives on. */
  | { readonly kind: 'sessionExpired' }
  /** 400 `invalid_grant`, while the grant lives on. */
  | { readonly kind: 'invalidGrant' }
  /** 403 `REQUEST_LIMIT_EXCEEDED`, of the day or of requests at once. */
  | { readonly kind: 'requestLimit'; readonly which: 'total' | 'concurrent' }
  /** Refuses a locator that is good. */
  | { readonly kind: 'locatorLost' }
  /** The `Date` of the reply is off by so much. */
  | { readonly kind: 'clockSkew'; readonly ms: number }
  /** `Sforce-NumberOfRecords` is off by so many. */
  | { readonly kind: 'recordCount'; readonly add: number }
  /** A page brings a row of its neighbour too. */
  | { readonly kind: 'duplicateRow' }
  /** The job that the request creates stays in `InProgress` for so long, or until it is aborted. */
  | { readonly kind: 'jobStuck'; readonly ms?: number }
  /** The job that the request creates ends as `Failed` with this message. */
  | { readonly kind: 'jobFailed'; readonly message: string }
  /** What the request writes is stamped at once and committed so much later. */
  | { readonly kind: 'slowCommit'; readonly ms: number };

interface FaultKind {
  /** Regular expression of the paths it strikes when the fault names none. */
  readonly path: string;
  /** Methods, `|` between them; absent: all. */
  readonly method?: string;
  readonly needs?: Readonly<Record<string, 'number' | 'string'>>;
}

const ANYWHERE = '^/services/';
const DATA = '^/services/(data|async)/';
const JOB_CREATION = '/jobs/query/?$|/services/async/[\\d.]+/job/[^/]+/batch/?$';
const WRITES = { path: '/sobjects/|/composite', method: 'POST|PATCH|DELETE' } as const;

/** Every kind with the requests it strikes by default and the values it needs. */
export const FAULT_KINDS: { readonly [Kind in FaultAction['kind']]: FaultKind } = {
  status: { path: ANYWHERE, needs: { status: 'number' } },
  latency: { path: ANYWHERE, needs: { ms: 'number' } },
  reset: { path: ANYWHERE },
  resetAfter: { path: ANYWHERE, needs: { bytes: 'number' } },
  truncate: { path: ANYWHERE, needs: { bytes: 'number' } },
  trickle: { path: ANYWHERE, needs: { bytesPerSecond: 'number' } },
  unavailable: { path: ANYWHERE },
  tooManyRequests: { path: ANYWHERE },
  sessionExpired: { path: DATA },
  invalidGrant: { path: '^/services/oauth2/token/?$', method: 'POST' },
  requestLimit: { path: DATA, needs: { which: 'string' } },
  locatorLost: { path: '/(query|queryAll)/0r8|/results/?$' },
  clockSkew: { path: DATA, needs: { ms: 'number' } },
  recordCount: { path: '/results/?$', needs: { add: 'number' } },
  duplicateRow: { path: '/(query|queryAll)/0r8|/results/?$' },
  jobStuck: { path: JOB_CREATION, method: 'POST' },
  jobFailed: { path: JOB_CREATION, method: 'POST', needs: { message: 'string' } },
  slowCommit: { ...WRITES, needs: { ms: 'number' } },
};
