import * as z from 'zod'

/**
 * How certain a fact about the gateway is.
 *
 * - `D` documented by the vendor
 * - `T` transcribed by a third party from the vendor's API page, agreeing with a second,
 *   independent list
 * - `S` seen in reports of the gateway, see docs/guides/doctor-report.md
 * - `I` inferred by us; the dialect can override it
 * - `U` unknown
 */
export type Standing = 'D' | 'T' | 'S' | 'I' | 'U'

export interface StandingNote {
  /** Name of the schema, unique in the contract; also its name in the OpenAPI document. */
  readonly id: string
  readonly standing: Standing
  /** The basis of the standing, in one sentence. */
  readonly because: string
}

const registry = z.registry<StandingNote>()
const noted: { schema: z.ZodType; note: StandingNote }[] = []

/** Registers a schema under its name with its standing; returns the same schema. */
export function stated<S extends z.ZodType>(
  id: string,
  standing: Standing,
  because: string,
  schema: S,
): S {
  if (noted.some((entry) => entry.note.id === id)) throw new Error(`schema ${id} is stated twice`)
  const note: StandingNote = { id, standing, because }
  registry.add(schema, note)
  noted.push({ schema, note })
  return schema
}

/** The standing of a schema that was declared with {@link stated}; undefined for any other. */
export function standingOf(schema: z.core.$ZodType): StandingNote | undefined {
  return registry.get(schema as z.ZodType)
}

/** Every stated schema of the contract with its standing, in order of declaration. */
export function listStandings(): readonly { schema: z.ZodType; note: StandingNote }[] {
  return noted
}
