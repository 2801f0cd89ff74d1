-- Grants that go out of use in two more ways, and what tells a late answer from a good one.
--
-- lost: Salesforce refused it, as it does while its user is frozen, too: it may come to life again. late: rotated for somebody whose
-- grant was taken out of use meanwhile.
ALTER TABLE mooring.pending_revocation DROP CONSTRAINT pending_revocation_reason_check;
ALTER TABLE mooring.pending_revocation ADD CONSTRAINT pending_revocation_reason_check
  CHECK (reason IN ('replaced', 'revoked', 'refused', 'destroyed', 'lost', 'late'));

-- The generation at which a person last consented, or the grant was wiped. A token that was refreshed from an older one belongs to a
-- grant that is out of use.
ALTER TABLE mooring.oauth_grant ADD COLUMN consent_generation bigint NOT NULL DEFAULT 1;
