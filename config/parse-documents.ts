import {
  Composer,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Parser,
  type CST,
  type Document,
  type Node,
} from 'yaml';
import { exceededLimit } from './cst-limits.ts';
import type { Diagnostic } from './diagnostic.ts';
import { LIMITS } from './limits.ts';
import { isSecretKey, isVariableName, maskBlocks, maskRanges } from './mask-secrets.ts';
import {
  createSourceDocument,
  pointer,
  problemAt,
  type Located,
  type Path,
  type SourceDocument,
  type SourceFile,
  type Span,
} from './source-document.ts';
import { syntaxMessage } from './syntax-message.ts';

export interface ParsedFile {
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Returns the YAML documents of one text, each with the place of every value; a document with a syntax error is left out.
 * Never throws, whatever the text is; documents that hold only comments are skipped.
 */
export function parseDocuments(file: string, text: string): ParsedFile {
  const tokens = [...new Parser().parse(text)];
  // Not the library's own counter: it misses line breaks in what it fails to read.
  const lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  const source: SourceFile = { file, masked: maskBlocks(text), lineStarts };
  const refused = tokens.flatMap((token) => {
    const problem = token.type === 'document' ? exceededLimit(token) : undefined;
    return problem ? [problemAt(source, [problem.offset, problem.offset + 1], problem)] : [];
  });
  const [surplus] = tokens.filter(({ type }) => type === 'document' || type === 'error').slice(LIMITS.documents);
  if (surplus) {
    const message = `The file has more than ${LIMITS.documents} documents. Split it: a folder may hold many files.`;
    refused.push(problemAt(source, [surplus.offset, surplus.offset + 1], { message }));
  }
  if (refused.length > 0) return { documents: [], diagnostics: refused };

  const documents: SourceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of compose(tokens, text.length)) {
    const problems = [...document.errors, ...document.warnings].slice(0, LIMITS.syntaxProblems);
    for (const { code, message, pos } of problems) {
      diagnostics.push(
        problemAt(source, wordAt(text, pos), {
          message: syntaxMessage(code, message, text.slice(...wordAt(text, pos))),
        }),
      );
    }
    if (problems.length > 0 || document.contents === null) continue;
    const read = readDocument(document, source);
    if ('problem' in read) diagnostics.push(read.problem);
    else if (read.value !== null) documents.push(createSourceDocument(read.source, read.value, read.located));
  }
  return { documents, diagnostics: diagnostics.slice(0, LIMITS.syntaxProblems) };
}

function compose(tokens: readonly CST.Token[], length: number): Document.Parsed[] {
  const composer = new Composer({
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    resolveKnownTags: false,
  });
  return [...composer.compose(tokens, true, length)] as Document.Parsed[];
}

/** The library marks a single character; a whole word is easier to see. */
function wordAt(text: string, [start, end]: readonly [number, number]): Span {
  const word = /^[\w.-]+/.exec(text.slice(start, start + 80))?.[0] ?? '';
  return [start, Math.max(start + word.length, end, start + 1)];
}

interface ReadDocument {
  readonly value: unknown;
  readonly located: ReadonlyMap<string, Located>;
  readonly source: SourceFile;
}

/** Ends the reading of one document; becomes its diagnostic. */
class Unreadable extends Error {
  readonly span: Span;
  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

const spanOf = (node: Node): Span => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];

/** What must not be shown of the value of a secret: all of it, but names of variables and files. */
function literalsIn(node: Node | null): Span[] {
  if (isScalar(node)) return [spanOf(node)];
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? key.value : undefined;
    const isPlace = name === 'file' || (name === 'env' && isScalar(value) && isVariableName(String(value.value)));
    return isPlace || !isScalar(value) ? [] : [spanOf(value)];
  });
}

/** Turns nodes into plain values, following aliases, and notes where each stands. Values inside an alias stand at its anchor. */
function readDocument(document: Document.Parsed, source: SourceFile): ReadDocument | { readonly problem: Diagnostic } {
  const located = new Map<string, Located>();
  const secrets: Span[] = [];
  const open = new Set<Node>();
  const anchors = new Map<Node, Node | undefined>();
  // Finding an anchor walks the whole document, and one alias may be met many times.
  const follow = (node: Node | null): Node | null | undefined => {
    if (node === null || !isAlias(node)) return node;
    if (!anchors.has(node)) anchors.set(node, node.resolve(document));
    return anchors.get(node);
  };

  const read = (node: Node | null, path: Path, key: Span | undefined): unknown => {
    const target = follow(node);
    const span = node === null ? (key ?? [0, 0]) : spanOf(node);
    if (node !== null && target === undefined)
      throw new Unreadable(`No anchor stands before the alias "${source.masked.slice(...span)}".`, span);
    if (located.size >= LIMITS.nodes)
      throw new Unreadable(`The document has more than ${LIMITS.nodes} values once its aliases are expanded.`, span);
    if (path.length > LIMITS.depth)
      throw new Unreadable(
        `The aliases nest more than ${LIMITS.depth} levels deep. No key of the configuration is so deep.`,
        span,
      );
    const text = isScalar(target) ? (target.source ?? '') : undefined;
    located.set(pointer(path), { ...(key ? { key } : {}), value: span, ...(text === undefined ? {} : { text }) });
    if (!isCollection(target)) return isScalar(target) ? target.value : null;
    if (open.has(target))
      throw new Unreadable('The alias stands inside the value that it names, so that value would never end.', span);
    open.add(target);
    const value = isMap(target)
      ? readMap(target.items, path)
      : isSeq(target)
        ? target.items.map((item, index) => read(item as Node, [...path, index], undefined))
        : null;
    open.delete(target);
    return value;
  };
  const readMap = (items: readonly { key: unknown; value: unknown }[], path: Path): Record<string, unknown> => {
    const entries = items.map(({ key, value }): [string, unknown] => {
      const node = key as Node;
      const name = isScalar(node) ? String(node.value) : '';
      const target = follow(value as Node | null);
      if (isSecretKey(name)) secrets.push(...literalsIn(target ?? null));
      return [name, read(value as Node | null, [...path, name], spanOf(node))];
    });
    // fromEntries defines own properties: a key "__proto__" stays a key.
    return Object.fromEntries(entries);
  };

  try {
    const value = read(document.contents, [], undefined);
    return { value, located, source: { ...source, masked: maskRanges(source.masked, secrets) } };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { problem: problemAt(source, error.span, error) };
  }
}
