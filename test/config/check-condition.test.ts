import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCondition } from '../../config/check-condition.ts';

test('conditions of SOQL have no problem', () => {
  for (const condition of [
    "Type = 'Customer'",
    "Name = 'It\\'s; (not) \"quoted\" ORDER BY x'",
    'Id IN (SELECT AccountId FROM Opportunity WHERE Amount > 0 ORDER BY Amount LIMIT 10)',
    "(A__c = 1 AND B__c != null) OR C__c INCLUDES ('x;y')",
    'CreatedDate = LAST_N_DAYS:30',
    "Order__c = 'x' AND Limit__c > 5 AND Group_By__c = true",
  ]) {
    assert.equal(checkCondition(condition), undefined, condition);
  }
});

test('what stands around a condition, or looks like another language, is named', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    '   ': /empty/,
    "where Type = 'x'": /begins with WHERE/,
    'SELECT Id FROM Account': /is a query/,
    "Name = 'x": /does not end/,
    'Name = "x"': /single ones/,
    "Name = 'x';": /semicolon/,
    "(Name = 'x'": /parenthesis "\("/,
    "Name = 'x')": /parenthesis "\)"/,
    "Name = 'x' LIMIT 5": /"LIMIT 5"/,
    "Name = 'x' group  by Name": /"group {2}by"/,
    "Name == 'x'": /operator/,
    'A = 1 && B = 2': /operator/,
  };
  for (const [condition, message] of Object.entries(wrong))
    assert.match(checkCondition(condition) ?? '', message, condition);
});
