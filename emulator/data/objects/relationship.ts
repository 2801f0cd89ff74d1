import type { ObjectDefinition } from '../definition.ts';
import {
  audit,
  currency,
  date,
  flag,
  identity,
  longText,
  owner,
  picklist,
  reference,
  text,
  values,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

/** A kind of relationship of the managed package that orgs with relationships have. */
export const relationshipType = (features: OrgFeatures): ObjectDefinition =>
  ordinary(
    {
      name: 'JBCXM__GSRelationshipType__c',
      label: 'Relationship Type',
      labelPlural: 'Relationship Types',
      keyPrefix: 'a0R',
    },
    [
      ...identity({ bin: true }),
      text('Name', 'Relationship Type Name', 80, { nameField: true }),
      longText('JBCXM__Description__c', 'Description', 1000),
      flag('JBCXM__IsActive__c', 'Is Active', { columnDefault: 'true' }),
      owner(),
      ...recordCurrency(features),
      ...audit(),
    ],
  );

/** One relationship of an account. */
export const relationship = (features: OrgFeatures): ObjectDefinition =>
  ordinary(
    { name: 'JBCXM__GSRelationship__c', label: 'Relationship', labelPlural: 'Relationships', keyPrefix: 'a0S' },
    [
      ...identity({ bin: true }),
      text('Name', 'Relationship Name', 80, { nameField: true }),
      reference('JBCXM__Account__c', 'Account', 'Account', {
        childRelationshipName: 'JBCXM__GSRelationships__r',
        indexed: true,
      }),
      reference('JBCXM__RelationshipType__c', 'Relationship Type', 'JBCXM__GSRelationshipType__c', {
        childRelationshipName: 'JBCXM__GSRelationships__r',
      }),
      reference('JBCXM__CSM__c', 'CSM', 'User', { childRelationshipName: 'JBCXM__GSRelationships_CSM__r' }),
      picklist('JBCXM__Status__c', 'Status', values('*Active', 'Inactive', '-Churned')),
      picklist('JBCXM__Stage__c', 'Stage', values('*Kicked Off', 'Onboarding', 'Adopting', 'Will Churn', 'At Risk')),
      currency('JBCXM__ARR__c', 'ARR'),
      currency('JBCXM__MRR__c', 'MRR'),
      date('JBCXM__RenewalDate__c', 'Renewal Date'),
      owner(),
      ...recordCurrency(features),
      ...audit(),
    ],
  );
