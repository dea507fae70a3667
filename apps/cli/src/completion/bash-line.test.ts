import { describe, expect, it } from 'vitest'
import { bashText, readBashLine } from './bash-line.ts'

/** @param part as bash passes it in `$2` */
const read = (line: string, part: string) => readBashLine(line, part)

describe('a line', () => {
  it.each([
    ['clt get st', 'st', ['get', 'st'], '', ''],
    ['clt get ', '', ['get', ''], '', ''],
    ['clt  get\ta@l', '@l', ['get', 'a@l'], 'a', ''],
    ['clt get prod:st', 'st', ['get', 'prod:st'], 'prod:', ''],
    ['clt get "Op', 'Op', ['get', 'Op'], '', '"'],
    ['clt get "a b:c', 'a b:c', ['get', 'a b:c'], '', '"'],
    ["clt get 'a b", 'a b', ['get', 'a b'], '', "'"],
    [String.raw`clt get a\ b:c`, 'c', ['get', 'a b:c'], 'a b:', ''],
    [String.raw`clt get a\:b`, String.raw`a\:b`, ['get', 'a:b'], '', ''],
    ['clt get x"y z', 'y z', ['get', 'xy z'], 'x', '"'],
    [String.raw`clt get "a\"b`, String.raw`a\"b`, ['get', 'a"b'], '', '"'],
    [String.raw`clt get "a\x`, String.raw`a\x`, ['get', String.raw`a\x`], '', '"'],
    ['clt get --x="a b', 'a b', ['get', '--x=a b'], '--x=', '"'],
    [`clt get "it's" 'say "x"' `, '', ['get', "it's", 'say "x"', ''], '', ''],
    ['clt get "" a', 'a', ['get', '', 'a'], '', ''],
    ['clt get a 2>/dev/null --', '--', ['get', 'a', '--'], '', ''],
    ['clt get st\\', 'st\\', ['get', 'st'], '', ''],
  ])('%s with %s', (line, part, words, fixed, quote) => {
    expect(read(line, part)).toMatchObject({ words, fixed, quote, isOpaque: false })
  })

  it.each([
    ['clt get $x', '$x'],
    ['clt get "$(x', '$(x'],
    ['clt get `x', '`x'],
    ["clt get $'a", 'a'],
    ['clt get a*:b', 'b'],
    ['clt get {a:b', 'b'],
    ['clt get ~x:b', 'b'],
    ['clt get "a!:"b', 'b'],
  ])('is opaque where bash expands it, such as %s', (line, part) => {
    expect(read(line, part)).toMatchObject({ isOpaque: true })
  })

  it('has a redirection to a file', () => {
    expect(read('clt export a > fi', 'fi')).toMatchObject({ isRedirection: true })
    expect(read('clt export a > file x', 'x')).toMatchObject({ words: ['export', 'a', 'x'] })
  })

  it.each([
    ['clt get x; ls', 'ls'],
    ['clt get <(x', 'x'],
    ['clt get a', 'b'],
  ])('cannot be parsed: %s', (line, part) => {
    expect(read(line, part)).toBeUndefined()
  })
})

it.each([
  ['', String.raw`it\'s\ \$5\!\ \`x\`\ \"y\"\ \\\ \~\*`],
  ['"', String.raw`it's \$5"\!" \`x\` \"y\" \\ ~*`],
  ["'", String.raw`it'\''s $5! ${'`x`'} "y" \ ~*`],
] as const)('quotes a text inside an open %j', (quote, text) => {
  expect(bashText('it\'s $5! `x` "y" \\ ~*', quote)).toBe(
    text.replaceAll('\\`', quote === "'" ? '`' : '\\`'),
  )
})
