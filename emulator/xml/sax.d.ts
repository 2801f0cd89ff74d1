/** The part of `sax` that the emulator uses; the package brings no types. */
declare module 'sax' {
  export interface SaxNode {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }

  export interface SaxParser {
    onopentag?: (node: SaxNode) => void;
    onclosetag?: (name: string) => void;
    ontext?: (text: string) => void;
    oncdata?: (text: string) => void;
    onerror?: (error: Error) => void;
    write(text: string): SaxParser;
    close(): SaxParser;
  }

  const sax: { parser(strict: boolean): SaxParser };
  export default sax;
}
