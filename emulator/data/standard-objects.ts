import type { ObjectDefinition } from './definition.ts';
import { event, task } from './objects/activities.ts';
import { account } from './objects/account.ts';
import { supportCase } from './objects/case.ts';
import { contact } from './objects/contact.ts';
import { currencyType } from './objects/currencies.ts';
import { lead } from './objects/lead.ts';
import { opportunity } from './objects/opportunity.ts';
import type { OrgFeatures } from './objects/org-objects.ts';
import { relationship, relationshipType } from './objects/relationship.ts';
import { caseStatus, organization, profile, recordType } from './objects/settings.ts';
import { user } from './objects/user.ts';

/** Returns the objects that a new org with these features starts with, parents before children. */
export const standardObjects = (features: OrgFeatures): ObjectDefinition[] => [
  organization,
  profile,
  recordType,
  caseStatus,
  user(features),
  account(features),
  contact(features),
  opportunity(features),
  supportCase(features),
  lead(features),
  task(features),
  event(features),
  ...(features.multiCurrency ? [currencyType] : []),
  ...(features.withRelationshipObjects ? [relationshipType(features), relationship(features)] : []),
];
