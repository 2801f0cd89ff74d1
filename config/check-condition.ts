import { quote } from '../domain/did-you-mean.ts';

/**
 * Returns what is certainly wrong with a SOQL condition, or undefined. The org itself has the last word (a plan asks it); this
 * catches what everybody gets wrong once, without an org.
 */
export function checkCondition(condition: string): string | undefined {
  if (condition.trim() === '') return 'The condition is empty. Remove the key to read every row.';
  if (/^\s*where\b/i.test(condition)) return `${quote(condition)} begins with WHERE. Write the condition alone.`;
  if (/^\s*select\b/i.test(condition))
    return `${quote(condition)} is a query. Write only its condition, what stands after WHERE.`;
  const outside = withoutStrings(condition);
  if (outside === undefined)
    return `${quote(condition)} has a string that does not end. Close it with a single quotation mark; one inside is written \\'.`;
  if (outside.includes('"'))
    return `${quote(condition)} has double quotation marks. SOQL strings have single ones: Type = 'Customer'.`;
  if (outside.includes(';')) return `${quote(condition)} has a semicolon outside a string. Remove it.`;
  const open = unbalanced(outside);
  if (open !== undefined) return `${quote(condition)} has a parenthesis "${open}" without its partner.`;
  const clause = /\b(order\s+by|group\s+by|limit\s+\d|offset\s+\d|for\s+(?:view|update|reference)|all\s+rows)/i.exec(
    topLevel(outside),
  )?.[1];
  if (clause !== undefined)
    return `${quote(condition)} has "${clause}", which is not part of a condition. Remove it: order and size of pages are decided per run.`;
  if (/(==|&&|\|\|)/.test(outside))
    return `${quote(condition)} uses an operator that SOQL does not have. Write =, AND, OR.`;
  return undefined;
}

/** The condition with its strings emptied, or undefined when one does not end. */
function withoutStrings(condition: string): string | undefined {
  const outside = condition.replaceAll(/'(?:[^'\\]|\\.)*'/gs, "''");
  return outside.replaceAll("''", '').includes("'") ? undefined : outside;
}

function unbalanced(text: string): string | undefined {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (depth < 0) return ')';
  }
  return depth > 0 ? '(' : undefined;
}

/** A semi-join may have clauses of its own, inside its parentheses. */
function topLevel(text: string): string {
  let depth = 0;
  let top = '';
  for (const character of text) {
    if (character === ')') depth--;
    top += depth === 0 ? character : ' ';
    if (character === '(') depth++;
  }
  return top;
}
