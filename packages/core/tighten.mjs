/**
 * The build's last step, for docs/decisions/0008-core-in-two-files.md: what rolldown and
 * api-extractor leave on the table. Rewrites both files of `dist` in place.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { minify } from 'terser'

/**
 * The module's own variable stands for each of some 400 `void 0`, and one for each of these. Not for
 * `Date` and `performance`, which tests put a clock of their own in place of.
 */
const GLOBALS = ['Object', 'Number', 'Array', 'String', 'Promise', 'Math', 'JSON']

/** Names of properties that stay within the module: in no type of its own, nor in anybody else's. */
const INTERNAL = `
  admit affordable alsoRefused areShown asking atLeastMs atMostMs byMark capacity clean
  contextOf deadline decided doubtful draw expire finding forget foundMore fresh halve
  hasAnonymous hashes heldMs horizonMs idFilters imagine inRow isEqual isKeyed isKnown isOwn
  issueOf isUnchanged kinds landAnonymously lastId leave ledger literals markOf maxPasses
  maxSends mayStopEarly negated negative noteCreated noteDate noteWritten nulled offsetMs ofOne
  onWake owed pauseLeftMs perform perMs plan question rank readPart readyAt receivedAt redact
  refund relation remainingMs repeatable retryCost schedule selects sentAt serverDate shownPath
  shrank shuffled startedAt startPass subject successRefund suffix totalCounts totalKnown
  totalMatters transport tryBegin tryEnter unsent unsettled waiting want watched whenMade
  withdraw writePart
`

const internalNames = INTERNAL.trim().replace(/\s+/g, '|')

await rewrite('dist/index.js', tightenModule)
await rewrite('dist/index.d.ts', tightenDeclarations)

/**
 * @param {string} file below the package
 * @param {(text: string) => string | Promise<string>} change
 */
async function rewrite(file, change) {
  const url = new URL(file, import.meta.url)
  await writeFile(url, await change(await readFile(url, 'utf8')))
}

/** @param {string} text */
async function tightenModule(text) {
  // What is not renamed is what people meet when they print a client or a table.
  const exported = text.match(/export\{([^}]*)\}/)?.[1]?.split(',') ?? []
  const reserved = exported.filter((name) => !/ as |Error$/.test(name))
  const globals = GLOBALS.map((name) => `$${name}=${name}`)
  const short = text.replace(new RegExp(`(?<![.\\w$])(?:${GLOBALS.join('|')})(?=\\.)`, 'g'), '$$$&')
  const { code } = await minify(`let undefined,${globals};${short}`, {
    module: true,
    ecma: 2020,
    compress: {
      passes: 3,
      pure_getters: true,
      // Would move functions to where they are called, to be made anew at each call: a page of
      // records then takes a fifth longer.
      reduce_vars: false,
      // Only a function that uses neither `this` nor `arguments` becomes an arrow; none is a constructor.
      unsafe_arrows: true,
      unsafe_undefined: true,
    },
    mangle: {
      reserved,
      properties: { regex: new RegExp(`^(${internalNames})$`) },
    },
  })
  if (code === undefined) throw new Error('terser wrote nothing')
  return code
}

/**
 * Tabs for indents of four, one import for each module, no semicolon where a line ends, no star where
 * a line of a comment begins, and no `declare` where the ending .d.ts says as much.
 *
 * @param {string} text
 */
function tightenDeclarations(text) {
  const shown = text.match(new RegExp(`\\b(${internalNames})\\??:`))
  if (shown !== null) throw new Error(`"${shown[1]}" is no internal name: the declarations have it`)
  return joinLines(text)
    .replace(/^(?: {4})+/gm, (indent) => '\t'.repeat(indent.length / 4))
    .replace(/^export declare /gm, 'export ')
    .replace(/^declare (?=interface |type )/gm, '')
    .replace(/^(?!\s*\/?\*)(.*);\n(?!\s*[[(<])/gm, '$1\n')
    .replace(/\n\t* \*(\/?) ?/g, (_start, end) => (end === '' ? '\n' : ' */'))
}

/** @param {string} text with `import { A } from 'm';` and `export { A }`, each on a line of its own */
function joinLines(text) {
  /** @type {Map<string, string[]>} */
  const names = new Map()
  const rest = text.replace(
    /^(import type |import |export )\{ (\w+) \}( from '[^']+';)?\n+/gm,
    (_line, keyword, name, from = ';') => {
      const statement = `${keyword === 'export ' ? 'export' : 'import type'} {}${from}\n`
      names.set(statement, [...(names.get(statement) ?? []), name])
      return ''
    },
  )
  const joined = Array.from(names, ([statement, list]) =>
    statement.replace('{}', `{ ${list.join(', ')} }`),
  )
  return `${joined.join('')}\n${rest}`
}
