import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, type Lifecycle, type LifecycleEvent } from '../../domain/lifecycle.ts';

const ORGS = ['00Dxx0000001gPLEAY', '00Dxx0000002AAAEA2'] as const;

/** What a decision is about, and what may happen besides. */
type Happening =
  | Exclude<LifecycleEvent, { type: 'consented' }>
  | { readonly type: 'consented'; readonly orgId: string }
  /** Salesforce made a grant, and its answer never arrived. */
  | { readonly type: 'answerLost'; readonly orgId: string }
  /** Salesforce is reachable, and hears of everything that is out of use here. */
  | { readonly type: 'told' }
  /** An administrator revokes everything. */
  | { readonly type: 'revokedThere' }
  | { readonly type: 'runBegins' }
  /** Whoever has begun a run commits a page of it, however long ago that was. */
  | { readonly type: 'pageCommits' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ORGS).map((orgId) => ({ type: 'consented', orgId }) as const) },
  fc.constantFrom(...ORGS).map((orgId) => ({ type: 'answerLost', orgId }) as const),
  {
    weight: 6,
    arbitrary: fc.constantFrom<Happening>(
      ...[{ type: 'consentFailed' } as const, { type: 'grantLost' } as const, { type: 'revoke' } as const],
      ...[{ type: 'reauthorize' } as const, { type: 'adopt' } as const],
      ...[{ type: 'told' } as const, { type: 'revokedThere' } as const],
      ...[{ type: 'runBegins' } as const, { type: 'pageCommits' } as const],
    ),
  },
  fc.nat(1).map((activeRuns) => ({ type: 'destroy', activeRuns }) as const),
);

/** PostgreSQL and Salesforce as far as decisions change them. Grants are numbers. */
class World {
  lifecycle: Lifecycle = { state: 'awaiting_authorization' };
  stored: number | undefined;
  /** Out of use here, and Salesforce has not heard of it. */
  readonly pending = new Set<number>();
  /** Live at Salesforce, with their orgs. */
  readonly live = new Map<number, string>();
  /** Nobody but Salesforce knows of these. */
  readonly orphans = new Set<number>();
  fence = 0;
  begunUnder: number | undefined;
  #grants = 0;

  #grantAt(orgId: string): number {
    this.#grants += 1;
    this.live.set(this.#grants, orgId);
    return this.#grants;
  }

  /** Returns whether a page was committed. */
  happen(one: Happening): boolean {
    if (one.type === 'answerLost') this.orphans.add(this.#grantAt(one.orgId));
    else if (one.type === 'revokedThere') this.live.clear();
    else if (one.type === 'told') {
      for (const grant of this.pending) this.live.delete(grant);
      this.pending.clear();
    } else if (one.type === 'runBegins') {
      if (this.lifecycle.state === 'active') this.begunUnder = this.fence;
    } else if (one.type === 'pageCommits') return this.begunUnder === this.fence;
    else this.#decide(one);
    return false;
  }

  /** All of this is one transaction, but for what Salesforce has to be told. */
  #decide(event: LifecycleEvent): void {
    const { next, effects, refusal } = decide(this.lifecycle, event);
    const fresh = event.type === 'consented' ? this.#grantAt(event.orgId) : undefined;
    if (refusal !== undefined) assert.deepEqual(next, this.lifecycle, 'what is refused changes nothing');
    if (effects.includes('raiseFences')) this.fence += 1;
    if (effects.includes('revokeReplacedGrant') || effects.includes('revokeGrant')) {
      if (this.stored !== undefined) this.pending.add(this.stored);
    }
    if (effects.includes('wipeGrant')) this.stored = undefined;
    if (effects.includes('revokeNewGrant') && fresh !== undefined) this.pending.add(fresh);
    if (effects.includes('storeGrant')) this.stored = fresh;
    this.lifecycle = next;
  }
}

const isStopped = ({ state }: Lifecycle): boolean => state === 'revoked' || state === 'destroyed';

test('in 2,000 histories with faults every grant that lives at Salesforce is the one in use, noted for revoking, or known to nobody', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const world = new World();
      for (const one of happenings) {
        const before = world.lifecycle;
        const isPageCommitted = world.happen(one);
        const { lifecycle, live, stored, pending, orphans } = world;
        if (before.orgId !== undefined) assert.equal(lifecycle.orgId, before.orgId, 'the binding never changes');
        for (const grant of live.keys())
          assert.ok(grant === stored || pending.has(grant) || orphans.has(grant), `${one.type} forgets grant ${grant}`);
        if (stored !== undefined && live.has(stored)) assert.equal(live.get(stored), lifecycle.orgId);
        assert.equal(stored !== undefined, lifecycle.state === 'active');
        if (one.type === 'told') assert.ok([...live.keys()].filter((grant) => !orphans.has(grant)).length <= 1);
        if (isStopped(lifecycle)) assert.equal(isPageCommitted, false, `no page commits while ${lifecycle.state}`);
      }
    }),
    { numRuns: 2_000, seed: 20_261_123 },
  );
});
