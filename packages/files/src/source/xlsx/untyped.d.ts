/** Types of the used parts of saxen, which has no types, and numfmt, whose package.json names none. */
declare module 'saxen' {
  export class Parser {
    on(
      event: 'openTag',
      listener: (name: string, attributes: () => Record<string, string>) => void,
    ): this
    on(
      event: 'closeTag' | 'text' | 'cdata' | 'comment' | 'question' | 'attention',
      listener: (text: string) => void,
    ): this
    on(event: 'error' | 'warn', listener: (error: Error) => void): this
    write(chunk: string): this
    end(): Error | undefined
  }
}

declare module 'numfmt' {
  export function format(
    code: string,
    value: number,
    options: { readonly locale: string; readonly overflow: string },
  ): string
}
