import { ApexErrorListener, ApexParserFactory } from '@apexdevtools/apex-parser';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATEMENTS, type Statement } from './soql-statements/statements.ts';

const ID = '001000000000001AAA';

/** Remembers what the parser and its lexer say. */
class Complaints extends ApexErrorListener {
  readonly found: string[] = [];

  override apexSyntaxError(line: number, column: number, message: string): void {
    this.found.push(`${line}:${column} ${message}`);
  }
}

/** What a grammar written by other people for Apex says about a query; empty when it takes it. */
function complaintsOf(soql: string): string[] {
  const complaints = new Complaints();
  const { parser } = ApexParserFactory.createLexerAndParser(soql, complaints);
  parser.query();
  // Its rule ends where a query could end; the rest must be nothing.
  const rest = parser.getCurrentToken();
  if (rest.type !== -1) complaints.found.push(`left over: ${rest.text}`);
  return complaints.found;
}

/** MALFORMED_QUERY is an org's word for what is not SOQL; whatever else is refused is written well and means nothing. */
const isValid = (statement: Statement): boolean => statement.error !== 'MALFORMED_QUERY';

test('an independent grammar agrees on what is SOQL, but for listed differences', () => {
  const differences = STATEMENTS.map((statement) => {
    const complaints = complaintsOf(statement.soql.replaceAll(/\{\w+\}/g, ID));
    return { statement, complaints, differs: (complaints.length === 0) !== isValid(statement) };
  });
  assert.deepEqual(
    differences
      .filter(({ statement, differs }) => differs && statement.grammar === undefined)
      .map(({ statement, complaints }) => `${statement.soql}: ${complaints.join('; ') || 'accepted'}`),
    [],
    'These differ and do not say why.',
  );
  assert.deepEqual(
    differences
      .filter(({ statement, differs }) => !differs && statement.grammar !== undefined)
      .map(({ statement }) => statement.soql),
    [],
    'These say why they differ, and do not.',
  );
});

test('every difference is argued', () => {
  const reasons = STATEMENTS.flatMap(({ grammar }) => grammar ?? []);
  assert.deepEqual(
    reasons.filter((reason) => reason.length < 20),
    [],
  );
});
