/**
 * Checks whether a response fits a schema, without copying it. zod builds a new object for every
 * record it reads; on a page of a hundred that costs as much as parsing the JSON. Here a schema is
 * compiled once into a function that only checks. It returns the value itself, unchanged, so a
 * column named `__proto__` is preserved as well.
 *
 * It supports the kinds of schema in `responses.ts` and refuses to compile any other; a property test
 * compares it with zod's own result.
 */
import type * as z from 'zod'
import { type EndpointResponse, endpoints, type OperationId } from './endpoints.ts'

/** The place where a value does not fit, and what was expected there. Never contains the value. */
export interface Misfit {
  readonly path: readonly (string | number)[]
  /** Such as `string`, `array`, or `array or object`. */
  readonly expected: string
}

/** Built from the inside out: the path is assembled only when something does not fit. */
interface Mismatch {
  readonly path: (string | number)[]
  readonly expected: string
}

type Check = (value: unknown) => Mismatch | undefined

const compiled = new Map<OperationId, (value: unknown) => Misfit | undefined>()

/**
 * Checks the 200 body of an operation, already parsed as JSON. The result for a body that fits is
 * the body itself, not a copy; otherwise it is the first place that does not fit.
 */
export function readResponse<K extends OperationId>(
  operation: K,
  body: unknown,
):
  | { readonly ok: true; readonly body: EndpointResponse<K> }
  | { readonly ok: false; readonly misfit: Misfit } {
  let findMisfit = compiled.get(operation)
  if (findMisfit === undefined) {
    findMisfit = compileFit(endpoints[operation].lenient)
    compiled.set(operation, findMisfit)
  }
  const misfit = findMisfit(body)
  return misfit === undefined
    ? { ok: true, body: body as EndpointResponse<K> }
    : { ok: false, misfit }
}

/**
 * Makes a function that returns the first place where a value does not fit, or undefined when it
 * fits.
 */
export function compileFit(schema: z.ZodType): (value: unknown) => Misfit | undefined {
  const check = compile(schema)
  return (value) => {
    const mismatch = check(value)
    return mismatch && { path: mismatch.path.toReversed(), expected: mismatch.expected }
  }
}

function compile(schema: z.core.$ZodType): Check {
  const { def } = (schema as z.core.$ZodTypes)._zod
  // A format or a refinement would not be checked here.
  if ('format' in def || (def.checks !== undefined && def.checks.length > 0)) return unknown(def)
  switch (def.type) {
    case 'string':
      return plain(def.type, (value) => typeof value === 'string')
    case 'number':
      return plain(def.type, Number.isFinite)
    case 'unknown':
      return () => undefined
    case 'optional':
      return unless((value) => value === undefined, compile(def.innerType))
    case 'nullable':
      return unless((value) => value === null, compile(def.innerType))
    case 'array':
      return arrayOf(compile(def.element))
    case 'record':
      return def.valueType._zod.def.type === 'unknown' ? plain(def.type, isObject) : unknown(def)
    case 'union':
      return anyOf(def.options.map(compile))
    case 'object':
      return def.catchall?._zod.def.type === 'unknown' ? objectOf(def.shape) : unknown(def)
    default:
      return unknown(def)
  }
}

function unknown(def: { type: string }): never {
  throw new Error(`responses do not use this kind of ${def.type}`)
}

function plain(expected: string, fits: (value: unknown) => boolean): Check {
  return (value) => (fits(value) ? undefined : { path: [], expected })
}

function unless(passes: (value: unknown) => boolean, inner: Check): Check {
  return (value) => (passes(value) ? undefined : inner(value))
}

function arrayOf(element: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return { path: [], expected: 'array' }
    for (let at = 0; at < value.length; at++) {
      const mismatch = element(value[at])
      if (mismatch !== undefined) return within(mismatch, at)
    }
    return undefined
  }
}

function objectOf(shape: Readonly<Record<string, z.core.$ZodType>>): Check {
  const fields = Object.entries(shape).map(([name, type]) => ({ name, check: compile(type) }))
  return (value) => {
    if (!isObject(value)) return { path: [], expected: 'object' }
    for (const { name, check } of fields) {
      const mismatch = check(value[name])
      if (mismatch !== undefined) return within(mismatch, name)
    }
    return undefined
  }
}

/** The expected types of all alternatives, at the place of the whole. */
function anyOf(alternatives: readonly Check[]): Check {
  return (value) => {
    const mismatches: Mismatch[] = []
    for (const check of alternatives) {
      const mismatch = check(value)
      if (mismatch === undefined) return undefined
      mismatches.push(mismatch)
    }
    // The alternative that fits furthest inside is the intended one.
    const deep = mismatches.find(({ path }) => path.length > 0)
    const expected = [...new Set(mismatches.map((mismatch) => mismatch.expected))].join(' or ')
    return deep ?? { path: [], expected }
  }
}

function within(mismatch: Mismatch, step: string | number): Mismatch {
  mismatch.path.push(step)
  return mismatch
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
