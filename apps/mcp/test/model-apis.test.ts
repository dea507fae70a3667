import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TOOLS } from '../src/tools/registry.ts'
import { listedArguments } from '../src/tools/wire-schema.ts'
import { environmentOf, makeFolder, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type Declaration, MODEL_APIS } from './model-apis.ts'

/** A schema as far as it matters that nothing of it is lost. */
const Node = z.looseObject({
  type: z.string(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), z.unknown()).optional()
  },
  items: z.unknown().optional(),
  additionalProperties: z.boolean().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).optional(),
})

let emulator: Emulator
let server: HttpProcess

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator), ['--files', makeFolder()])
})

afterAll(async () => {
  await server.stop()
  await emulator.close()
})

describe.each(MODEL_APIS.map((api) => [api.name, api] as const))('%s', (_name, api) => {
  let declarations: readonly Declaration[]

  beforeAll(async () => {
    declarations = await api.declarations(server.url)
  })

  it('declares every tool', () => {
    const texts = declarations.map(({ name, description }) => ({ name, description }))
    expect(texts).toEqual(TOOLS.map(({ name, description }) => ({ name, description })))
  })

  it.each(TOOLS.map((tool, index) => [tool.name, tool, index] as const))(
    'loses nothing of the arguments of %s',
    (_tool, tool, index) => {
      expectSame(listedArguments(tool), declarations[index]?.parameters, tool.name)
    },
  )
})

/**
 * Expects that a converted schema says what the listed one does. It may make an optional argument a
 * required one that takes null, as strict modes want, and may open or close the root.
 */
function expectSame(listed: unknown, converted: unknown, place: string, isRoot = true): void {
  const before = Node.parse(listed)
  const after = Node.parse(withoutNull(converted))
  expect([place, after.type, after.enum]).toEqual([place, before.type, before.enum])
  expect(after.description, place).toBe(before.description)
  expect(after.required ?? [], place).toEqual(expect.arrayContaining(before.required ?? []))
  if (!isRoot) expect(after.additionalProperties, place).toBe(before.additionalProperties)
  const members = before.properties ?? {}
  expect(Object.keys(after.properties ?? {}), place).toEqual(Object.keys(members))
  for (const [name, member] of Object.entries(members)) {
    expectSame(member, after.properties?.[name], `${place}.${name}`, false)
  }
  if (before.items !== undefined) expectSame(before.items, after.items, `${place}[]`, false)
}

const Nullable = z.object({ anyOf: z.tuple([z.unknown(), z.object({ type: z.literal('null') })]) })

function withoutNull(schema: unknown): unknown {
  return Nullable.safeParse(schema).data?.anyOf[0] ?? schema
}
