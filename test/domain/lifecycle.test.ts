import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, type Lifecycle, type LifecycleEvent } from '../../domain/lifecycle.ts';

const ACME = '00Dxx0000001gPLEAY';
const OTHER = '00Dxx0000002AAAEA2';
const start: Lifecycle = { state: 'awaiting_authorization' };
const run = (...events: LifecycleEvent[]): Lifecycle => events.reduce((now, event) => decide(now, event).next, start);
const consented = (orgId = ACME): LifecycleEvent => ({ type: 'consented', orgId });

const anyEvent: fc.Arbitrary<LifecycleEvent> = fc.oneof(
  fc.constantFrom(ACME, OTHER).map((orgId) => consented(orgId)),
  fc.constantFrom({ type: 'consentFailed' } as const, { type: 'grantLost' } as const, { type: 'revoke' } as const),
  fc.constant({ type: 'reauthorize' } as const),
  fc.nat(2).map((activeRuns) => ({ type: 'destroy', activeRuns }) as const),
);

test('the first consent binds, and starts the jobs', () => {
  const { next, effects } = decide(start, consented());
  assert.deepEqual(next, { state: 'active', orgId: ACME });
  assert.deepEqual(effects, ['bindOrg', 'storeGrant', 'createSchedules', 'startFirstSync']);
});

test('a consent for another org is refused in every bound state, and its grant revoked', () => {
  for (const events of [[], [{ type: 'grantLost' }], [{ type: 'revoke' }]] as LifecycleEvent[][]) {
    const before = run(consented(), ...events);
    const { next, effects, refusal } = decide(before, consented(OTHER));
    assert.deepEqual(next, before);
    assert.deepEqual(effects, ['revokeNewGrant']);
    assert.match(refusal ?? '', new RegExp(`bound to org "${ACME}"`));
  }
});

test('a lost grant is announced once', () => {
  const lost = decide(run(consented()), { type: 'grantLost' });
  assert.ok(lost.effects.includes('notifyGrantLost'));
  assert.deepEqual(decide(lost.next, { type: 'grantLost' }).effects, []);
});

test('a connection with active runs is not destroyed', () => {
  assert.match(decide(run(consented()), { type: 'destroy', activeRuns: 2 }).refusal ?? '', /2 active runs/);
});

test('in 5,000 random histories the binding never changes, there is one live grant at most and it is of the bound org', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      let now = start;
      let grant: string | undefined; // the org that the stored grant is of
      for (const event of events) {
        const { next, effects, refusal } = decide(now, event);
        if (now.orgId !== undefined) assert.equal(next.orgId, now.orgId);
        if (now.state === 'destroyed') assert.equal(next.state, 'destroyed');
        if (refusal !== undefined) assert.deepEqual(next, now);
        if (effects.includes('wipeGrant')) grant = undefined;
        if (effects.includes('storeGrant')) {
          assert.ok(grant === undefined || effects.includes('revokeReplacedGrant'), 'a replaced grant is revoked');
          grant = event.type === 'consented' ? event.orgId : assert.fail('only a consent brings a grant');
        }
        assert.equal(next.state === 'active', grant !== undefined, 'active means a live grant, and nothing else does');
        if (grant !== undefined) assert.equal(grant, next.orgId);
        now = next;
      }
    }),
    { numRuns: 5_000, seed: 20_261_122 },
  );
});

test('every event a second time changes nothing, except that a consent stores its grant again', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), anyEvent, (events, event) => {
      const once = decide(run(...events), event);
      const twice = decide(once.next, event);
      assert.deepEqual(twice.next, once.next);
    }),
    { numRuns: 1_000, seed: 20_261_122 },
  );
});
