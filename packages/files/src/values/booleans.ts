/** Words for true and false. */
import { InvalidInputError } from '@chatlayer-tables/core'

/** Further words for true and false in a file, in any letter case. */
export interface BooleanWords {
  readonly trueTexts?: readonly string[] | undefined
  readonly falseTexts?: readonly string[] | undefined
}

/**
 * TRUE and FALSE as Excel and its like show them in other languages; words that mean nothing else in a
 * column of booleans. Italian, Portuguese and Spanish share the one for false.
 */
const LOCAL_WORDS: readonly (readonly [isTrue: string, isFalse: string])[] = [
  ['waar', 'onwaar'],
  ['wahr', 'falsch'],
  ['vrai', 'faux'],
  ['verdadero', 'falso'],
  ['verdadeiro', 'falso'],
  ['vero', 'falso'],
  ['sant', 'falskt'],
  ['sand', 'falsk'],
  ['sann', 'usann'],
  ['tosi', 'epätosi'],
  ['prawda', 'fałsz'],
  ['pravda', 'nepravda'],
  ['igaz', 'hamis'],
  ['adevărat', 'fals'],
  ['doğru', 'yanlış'],
  ['истина', 'ложь'],
]

/** Other words that PostgreSQL reads as a boolean in full. They may be codes, such as of a country. */
const SHORT_WORDS: readonly (readonly [isTrue: string, isFalse: string])[] = [
  ['t', 'f'],
  ['yes', 'no'],
  ['y', 'n'],
  ['on', 'off'],
  ['1', '0'],
]

/** Yes and no in other languages, which are read only when set. */
const YES_AND_NO: readonly (readonly [isTrue: string, isFalse: string])[] = [
  ['ja', 'nee'],
  ['ja', 'nein'],
  ['ja', 'nej'],
  ['ja', 'nei'],
  ['j', 'n'],
  ['oui', 'non'],
  ['o', 'n'],
  ['sí', 'no'],
  ['si', 'no'],
  ['s', 'n'],
  ['sì', 'no'],
  ['sim', 'não'],
  ['kyllä', 'ei'],
  ['tak', 'nie'],
  ['ano', 'ne'],
  ['igen', 'nem'],
  ['da', 'nu'],
  ['evet', 'hayır'],
  ['да', 'нет'],
  ['x', '-'],
]

export interface BooleanReading {
  readonly value: boolean
  /** Whether the word means this boolean in any column; otherwise it may be a code or a name, such as `NO`. */
  readonly isSure: boolean
}

/** The boolean that a word means, in any letter case; undefined when it means none. */
export type BooleanReader = (text: string) => BooleanReading | undefined

const KNOWN = new Map<string, BooleanReading>([
  ...readings(['true', 'false'], true),
  ...LOCAL_WORDS.flatMap((pair) => readings(pair, false)),
  ...SHORT_WORDS.flatMap((pair) => readings(pair, false)),
])

function readings(
  [isTrue, isFalse]: readonly [string, string],
  isSure: boolean,
): [string, BooleanReading][] {
  return [
    [folded(isTrue), { value: true, isSure }],
    [folded(isFalse), { value: false, isSure }],
  ]
}

/** Ignores letter case, including that of the Turkish i. */
function folded(word: string): string {
  return word.toLowerCase().replaceAll('\u0307', '').replaceAll('ı', 'i')
}

/**
 * Words that are set replace their usual meaning.
 *
 * @throws InvalidInputError for a word that is empty, or set for both
 */
export function booleanReader({ trueTexts = [], falseTexts = [] }: BooleanWords): BooleanReader {
  const words = new Map(KNOWN)
  const own = new Map<string, boolean>()
  for (const [texts, value] of [
    [trueTexts, true],
    [falseTexts, false],
  ] as const) {
    for (const text of texts) {
      const word = folded(text.trim())
      if (word === '') throw badWord('a word for true or false is empty', value)
      if (own.has(word) && own.get(word) !== value) {
        throw badWord(`"${text}" is set to mean both true and false`, value)
      }
      own.set(word, value)
      words.set(word, { value, isSure: true })
    }
  }
  return (text) => words.get(folded(text))
}

function badWord(message: string, value: boolean): InvalidInputError {
  return new InvalidInputError(message, {
    field: value ? 'trueTexts' : 'falseTexts',
    hint: 'Such as --true ja --false nee,nein: with commas between several.',
  })
}

/** The hint for a word that means neither. */
export function booleanHint(text: string): string {
  const known = 'Also read, in any letter case: t, f, yes, no, y, n, on, off, 1, 0.'
  const word = folded(text)
  const pairs = YES_AND_NO.filter((pair) => pair.some((own) => folded(own) === word))
  if (pairs.length === 0) {
    return `${known} Pass --true and --false for other words, such as --true ja --false nee.`
  }
  const [yes, no] = [0, 1].map((side) => [...new Set(pairs.map((pair) => pair[side]))].join(','))
  return `${known} Pass --true ${yes} --false ${no} if they mean that.`
}
