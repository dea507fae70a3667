/** Inputs for the fuzz campaign. A seed and a number determine the input, so none has to be stored. */

/** @typedef {{ next: () => number, below: (limit: number) => number, pick: <T>(list: readonly T[]) => T }} Dice */

/**
 * @param {number} seed
 * @returns {Dice}
 */
export function diceOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit)
  return { next, below, pick: (list) => /** @type {any} */ (list[below(list.length)]) }
}

/** The maximum size of an input; the limit of one second is for a megabyte. */
const MAX_BYTES = 1_000_000

/** Texts with a special meaning to parsers. */
const TOKENS = [
  '"',
  '""',
  "'",
  ',',
  ';',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\r\r\n',
  '\\',
  '\\u',
  '\\ud83d',
  '\u0000',
  '\ufeff',
  '\u202e',
  '\u2028',
  '{',
  '}',
  '[',
  ']',
  ':',
  'null',
  'true',
  'NaN',
  '-0',
  '1e400',
  '1e-400',
  '9'.repeat(40),
  '0.1000000000000000055511151231257827',
  '__proto__',
  'constructor',
  'toString',
  '<',
  '>',
  '&#0;',
  '&lt;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '=1+1',
  '@live',
  '%',
  '%zz',
  '://',
  '..',
  '/',
  '2024-02-30',
  '31/12/99',
  '24:00:00',
  'T',
  'Z',
  '+99:99',
  'not in (',
  'is null',
  ' in (',
  '😀',
  '\u{e0001}',
].map((text) => Buffer.from(text))

/** @type {readonly ((bytes: Buffer, dice: Dice, other: Buffer) => Buffer)[]} */
const MUTATIONS = [
  (bytes, dice) => changed(bytes, dice, (byte) => byte ^ (1 << dice.below(8))),
  (bytes, dice) => changed(bytes, dice, () => dice.below(256)),
  (bytes, dice) => inserted(bytes, dice, dice.pick(TOKENS)),
  (bytes, dice) => inserted(bytes, dice, dice.pick(TOKENS)),
  (bytes, dice) => inserted(bytes, dice, repeated(dice.pick(TOKENS), dice, 100_000)),
  (bytes, dice) => without(bytes, dice),
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
  (bytes, dice) => inserted(bytes, dice, repeated(sliceOf(bytes, dice), dice, 100_000)),
  (bytes, dice) => repeated(bytes, dice, 300_000),
  (bytes, dice, other) => inserted(bytes, dice, sliceOf(other, dice)),
  (bytes, dice, other) => Buffer.concat([sliceOf(bytes, dice), sliceOf(other, dice)]),
  (bytes, dice) => wrapped(bytes, dice),
  (bytes, dice) => blownUp(bytes, dice),
]

/**
 * @param {readonly Buffer[]} seeds
 * @param {Dice} dice
 */
export function mutate(seeds, dice) {
  let bytes = dice.pick(seeds)
  for (let left = 1 + dice.below(4); left > 0; left -= 1) {
    bytes = dice.pick(MUTATIONS)(bytes, dice, dice.pick(seeds)).subarray(0, MAX_BYTES)
  }
  return bytes
}

/**
 * @param {Buffer} bytes
 * @param {Dice} dice
 * @param {(byte: number) => number} change
 */
function changed(bytes, dice, change) {
  const copy = Buffer.from(bytes)
  for (let left = 1 + dice.below(4); left > 0 && copy.length > 0; left -= 1) {
    const at = dice.below(copy.length)
    copy[at] = change(copy[at] ?? 0)
  }
  return copy
}

/**
 * @param {Buffer} bytes
 * @param {Dice} dice
 * @param {Buffer} part
 */
function inserted(bytes, dice, part) {
  const at = dice.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
}

/**
 * @param {Buffer} bytes
 * @param {Dice} dice
 */
function without(bytes, dice) {
  const from = dice.below(bytes.length + 1)
  const to = from + dice.below(Math.min(bytes.length - from, 200) + 1)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

/**
 * @param {Buffer} bytes
 * @param {Dice} dice
 */
function sliceOf(bytes, dice) {
  const from = dice.below(bytes.length + 1)
  return bytes.subarray(from, from + dice.below(bytes.length - from + 1))
}

/**
 * Repeats a part, up to a number of bytes; mostly a few times.
 *
 * @param {Buffer} part
 * @param {Dice} dice
 * @param {number} maxBytes
 */
function repeated(part, dice, maxBytes) {
  if (part.length === 0) return part
  const times = Math.ceil((maxBytes / part.length) ** dice.next())
  return Buffer.concat(Array.from({ length: Math.min(times, 200_000) }, () => part))
}

const BRACKETS = [
  ['[', ']'],
  ['{"a":', '}'],
  ['{"not":', '}'],
  ['{"or":[', ']}'],
  ['(', ')'],
  ['<a>', '</a>'],
  ['"', '"'],
]

/**
 * @param {Buffer} bytes
 * @param {Dice} dice
 */
function wrapped(bytes, dice) {
  const [open = '', close = ''] = dice.pick(BRACKETS)
  const depth = Math.ceil(60_000 ** dice.next())
  const end = dice.below(3) === 0 ? '' : close.repeat(depth)
  return Buffer.concat([Buffer.from(open.repeat(depth)), bytes, Buffer.from(end)])
}

/**
 * Replaces a number in the text by one with very many digits, or with another exponent.
 *
 * @param {Buffer} bytes
 * @param {Dice} dice
 */
function blownUp(bytes, dice) {
  const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)]
  if (numbers.length === 0) return bytes
  const { index, 0: number } = dice.pick(numbers)
  const digits = String(dice.below(10)).repeat(Math.ceil(500_000 ** dice.next()))
  const other = dice.pick([
    digits,
    `${number}.${digits}`,
    `${number}e${digits.slice(0, 9)}`,
    `-${digits}`,
  ])
  const end = index + number.length
  return Buffer.concat([bytes.subarray(0, index), Buffer.from(other), bytes.subarray(end)])
}
