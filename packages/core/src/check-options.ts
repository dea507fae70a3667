/**
 * The one check of options objects: every public method passes what it was given through
 * {@link checkOptions}, so that a misspelled, missing or wrong option is an error in plain JavaScript
 * too.
 */
import { InvalidInputError } from './errors.ts'
import type { CallOptions } from './types.ts'
import { describe } from './values/literal.ts'
import { nearest } from './values/nearest.ts'

/** What an option may be. */
export interface Rule {
  /** Completes "it must be". */
  readonly expected: string
  readonly test: (value: unknown) => boolean
  /** The options inside, where the option is an object of options itself. */
  readonly inside?: RuleSet | undefined
  readonly required?: boolean | undefined
}

interface RequiredRule extends Rule {
  readonly required: true
}

/** Rules by the names of options. */
export type RuleSet = Readonly<Record<string, Rule>>

/** A rule for each option; the compiler reports one that is missing. */
export type Rules<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name] ? Rule : RequiredRule
}

/**
 * Checks the names and values of options. An undefined value counts as not passed.
 *
 * @param owner the method that takes them, as users write it
 * @throws InvalidInputError
 */
export function checkOptions<T extends object>(
  options: T | undefined,
  owner: string,
  rules: RuleSet,
): T {
  const passed: T | Record<string, never> = options === undefined ? {} : options
  if (!isObject(passed)) {
    throw new InvalidInputError(
      `the options of ${owner} must be an object, not ${describeOption(passed)}`,
      { field: 'options', hint: `Options of ${owner}: ${namesOf(rules)}.` },
    )
  }
  checkInside(passed, owner, rules, '')
  return passed as T
}

/** Checks the value of one option, `field`, and the options inside it. @throws InvalidInputError */
export function checkOption(value: unknown, field: string, owner: string, rule: Rule): void {
  if (!rule.test(value)) {
    const message = `${field} of ${owner} must be ${rule.expected}, not ${describeOption(value)}`
    throw new InvalidInputError(message, { field })
  }
  if (rule.inside !== undefined && isObject(value)) {
    checkInside(value, owner, rule.inside, `${field}.`)
  }
}

/** @param prefix of the names inside another option, such as `rate.` */
function checkInside(options: object, owner: string, rules: RuleSet, prefix: string): void {
  // Options may be inherited: `for` reads them as destructuring does.
  for (const name in options) {
    const value: unknown = options[name as keyof typeof options]
    if (value === undefined) continue
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw unknownOption(name, owner, rules, prefix)
    checkOption(value, prefix + name, owner, rule)
  }
  for (const name in rules) {
    const rule = rules[name]
    if (rule?.required !== true) continue
    if ((options as Readonly<Record<string, unknown>>)[name] !== undefined) continue
    const field = prefix + name
    throw new InvalidInputError(`the option "${field}" of ${owner} is missing`, {
      field,
      hint: `Pass ${rule.expected}.`,
    })
  }
}

function unknownOption(
  name: string,
  owner: string,
  rules: RuleSet,
  prefix: string,
): InvalidInputError {
  const near = nearest(name, Object.keys(rules))
  const meant = near === undefined ? '' : `; did you mean "${prefix}${near}"?`
  return new InvalidInputError(`unknown option "${prefix}${name}" of ${owner}${meant}`, {
    field: prefix + name,
    hint: `Options of ${owner}: ${namesOf(rules, prefix)}.`,
  })
}

function namesOf(rules: RuleSet, prefix = ''): string {
  return Object.keys(rules)
    .map((name) => prefix + name)
    .join(', ')
}

/** A value in words. A string is not shown: it may be a token in the wrong place. */
function describeOption(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  return ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : describe(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function required(rule: Rule): RequiredRule {
  return { ...rule, required: true }
}

/** Not checked here, but by code that knows more of it. */
export const ANYTHING: Rule = { expected: 'set', test: () => true }

export const BOOLEAN: Rule = {
  expected: 'true or false',
  test: (value) => typeof value === 'boolean',
}

/** The name of a column, which may be empty. */
export const COLUMN: Rule = {
  expected: 'the name of a column',
  test: (value) => typeof value === 'string',
}

export const TEXT: Rule = {
  expected: 'a text that is not empty',
  test: (value) => typeof value === 'string' && value !== '',
}

/** A number of anything that may be fractional. */
export const POSITIVE: Rule = {
  expected: 'a positive number',
  test: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
}

/** Milliseconds of a timeout; infinity for none. */
export const TIMEOUT: Rule = {
  expected: 'a positive number of milliseconds',
  test: (value) => typeof value === 'number' && value > 0,
}

/** With a longer delay, a timer calls back at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Milliseconds of one timer. */
export const TIMER: Rule = {
  expected: `a positive number of milliseconds up to ${MAX_TIMER_MS}`,
  test: (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS,
}

export function wholeNumber(min: number): Rule {
  return {
    expected: `a whole number from ${min}`,
    test: (value) => Number.isSafeInteger(value) && Number(value) >= min,
  }
}

/** A number of things, or of things to skip. */
export const COUNT: Rule = wholeNumber(0)

export function oneOf(allowed: readonly string[]): Rule {
  return {
    expected: allowed.map((each) => `"${each}"`).join(' or '),
    test: (value) => allowed.includes(value as string),
  }
}

export const COLUMNS: Rule = {
  expected: 'the name of a column, or a list of names',
  test: (value) => COLUMN.test(value) || (Array.isArray(value) && value.every(COLUMN.test)),
}

export const OBJECT: Rule = { expected: 'an object', test: isObject }

export const FUNCTION: Rule = {
  expected: 'a function',
  test: (value) => typeof value === 'function',
}

/** An object of options. */
export function options(inside: RuleSet): Rule {
  return { ...OBJECT, inside }
}

/** An object of any class with these methods. */
export function objectWith(...methods: readonly string[]): Rule {
  return {
    expected: `an object with ${methods.length === 1 ? 'the function' : 'the functions'} ${methods.join(', ')}`,
    test: (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
  }
}

/** An AbortSignal, also of another implementation. */
export const SIGNAL: Rule = {
  expected: 'an AbortSignal',
  test: (value) =>
    isObject(value) &&
    'aborted' in value &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function',
}

export const CALL: Rules<CallOptions> = { signal: SIGNAL, timeoutMs: TIMEOUT }
