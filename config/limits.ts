/** What one file may be. Far above any real configuration, low enough that a hostile file costs a fraction of a second. */
export const LIMITS = {
  /** 200 connections with a page of text each are 400 kB. */
  fileBytes: 524_288,
  /** Documents of one file. */
  documents: 2_000,
  /** Our deepest key is the sixth level. The YAML library would exhaust the stack, and V8 with it, at some thousand. */
  depth: 32,
  /** Keys of one mapping: duplicates are found by comparing each with each. An object has at most 800 fields. */
  keys: 2_000,
  /** Values of one document after aliases are expanded. */
  nodes: 50_000,
  aliases: 200,
  /** A longer line is not shown with its problem. */
  shownLine: 1_000,
  /** Further syntax problems of one file follow from the first ones. */
  syntaxProblems: 20,
} as const;
