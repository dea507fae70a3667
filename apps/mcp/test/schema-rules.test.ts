import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TOOLS } from '../src/tools/registry.ts'
import { listedArguments, outputSchema } from '../src/tools/wire-schema.ts'
import { SCHEMA_RULES } from './schema-rules.ts'

type RuleName = keyof typeof SCHEMA_RULES

const Schema = z.looseObject({
  get properties() {
    return z.record(z.string(), Schema).optional()
  },
  get items() {
    return Schema.optional()
  },
  get anyOf() {
    return z.array(Schema).optional()
  },
  type: z.unknown().optional(),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
})
type Schema = z.infer<typeof Schema>

/** A schema, or a schema within it, with its place. */
interface Node {
  readonly place: string
  readonly schema: Schema
  readonly depth: number
  /** Of the schema that it is a part of. */
  readonly parentDescription: string | undefined
}

function nodesOf(schema: Schema, place: string, depth = 1, outer?: Schema): Node[] {
  const within = (inner: Schema, step: string) =>
    nodesOf(inner, `${place}${step}`, depth + 1, schema)
  return [
    { place, schema, depth, parentDescription: outer?.description },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) => within(one, `.${name}`)),
    ...(schema.items === undefined ? [] : within(schema.items, '[]')),
    ...(schema.anyOf ?? []).flatMap((one) => within(one, '|')),
  ]
}

interface Listed {
  readonly name: string
  readonly description: string
  readonly input: Schema
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
}

const KEYWORDS = [
  ...['type', 'description', 'enum', 'items'],
  ...['properties', 'required', 'additionalProperties'],
]
const BOUNDS = [
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['default', 'pattern', 'format'],
]

const isOpen = ({ type, properties }: Schema) => type === 'object' && properties === undefined
const hasOneType = ({ type }: Schema) => typeof type === 'string'

function showsExample({ schema, parentDescription }: Node): boolean {
  return /\{"/.test(schema.description ?? parentDescription ?? '')
}

/** Whether an argument of the same name in another tool shows an example. */
function isShownElsewhere({ place }: Node): boolean {
  const name = (text: string) => text.slice(text.indexOf('.'))
  return listed.some(({ inputs }) =>
    inputs.some((other) => name(other.place) === name(place) && showsExample(other)),
  )
}

/** The places where a tool breaks a rule. */
const BROKEN: Record<RuleName, (tool: Listed) => readonly string[]> = {
  root: ({ input }) =>
    input.type === 'object' && input.properties !== undefined && input.anyOf === undefined
      ? []
      : ['root'],
  keywords: ({ inputs }) =>
    inputs.flatMap(({ place, schema }) =>
      Object.keys(schema)
        .filter((key) => !KEYWORDS.includes(key))
        .map((key) => `${place}: ${key}`),
    ),
  type: ({ inputs }) => where(inputs, (schema) => !hasOneType(schema)),
  items: ({ inputs }) =>
    where(inputs, ({ type, items }) => (type === 'array') !== (items !== undefined)),
  objects: ({ inputs }) =>
    where(
      inputs,
      (schema) => schema.type === 'object' && schema.additionalProperties !== isOpen(schema),
    ),
  examples: ({ inputs }) =>
    inputs
      .filter((node) => isOpen(node.schema) && !showsExample(node) && !isShownElsewhere(node))
      .map(({ place }) => place),
  placement: ({ inputs }) =>
    where(inputs, ({ type, properties, required = [] }) =>
      type === 'object'
        ? required.some((name) => properties?.[name] === undefined)
        : properties !== undefined || required.length > 0,
    ),
  enums: ({ inputs }) =>
    where(inputs, ({ type, enum: values = [] }) =>
      values.some((value) => type !== 'string' || typeof value !== 'string' || value === ''),
    ),
  bounds: ({ inputs }) => where(inputs, (schema) => BOUNDS.some((key) => key in schema)),
  names: ({ name, input }) =>
    [name, ...Object.keys(input.properties ?? {})].filter((one) => !/^\w{1,40}$/.test(one)),
  descriptions: ({ description }) =>
    description !== '' && description.length <= 1_024 ? [] : ['description'],
  depth: ({ inputs }) => inputs.filter(({ depth }) => depth > 5).map(({ place }) => place),
  results: ({ outputs }) => [
    ...where(outputs.slice(0, 1), ({ type, anyOf }) => type !== 'object' || anyOf !== undefined),
    ...where(outputs, ({ type, items }) => Array.isArray(type) || (type === 'array' && !items)),
  ],
}

function where(nodes: readonly Node[], isBroken: (schema: Schema) => boolean): string[] {
  return nodes.filter(({ schema }) => isBroken(schema)).map(({ place }) => place)
}

const listed: Listed[] = TOOLS.map((tool) => {
  const { name, description } = tool
  const input = Schema.parse(listedArguments(tool))
  const output = Schema.parse(
    outputSchema(tool)['~standard'].jsonSchema.output({ target: 'draft-2020-12' }),
  )
  return { name, description, input, inputs: nodesOf(input, name), outputs: nodesOf(output, name) }
})

describe.each(Object.entries(SCHEMA_RULES))('%s', (name, { rule, who }) => {
  it(`${rule} (${who})`, () => {
    expect(listed.flatMap(BROKEN[name as RuleName])).toEqual([])
  })

  it('is on the page about clients', () => {
    const page = readFileSync(
      new URL('../../../docs/reference/mcp-clients.md', import.meta.url),
      'utf8',
    )
    expect(page.replace(/ +/g, ' ')).toContain(`| ${rule} | ${who} |`)
  })
})

describe('the checks', () => {
  const broken: Record<RuleName, Partial<Schema>> = {
    root: { anyOf: [{ type: 'object' }] },
    keywords: { const: 1 },
    type: { type: ['string', 'null'] },
    items: { type: 'array' },
    objects: { type: 'object' },
    examples: { type: 'object', additionalProperties: true, description: 'Conditions' },
    placement: { type: 'string', properties: {} },
    enums: { type: 'string', enum: [''] },
    bounds: { type: 'integer', maximum: 5 },
    names: {},
    descriptions: {},
    depth: {},
    results: { type: 'array' },
  }

  it.each(Object.entries(broken).filter(([, schema]) => Object.keys(schema).length > 0))(
    'finds what breaks the rule %s',
    (name, part) => {
      const input = Schema.parse({ type: 'object', properties: { it: part } })
      const root = Schema.parse({ ...input, ...(name === 'root' ? part : {}) })
      const nodes = nodesOf(root, 'tool')
      const tool = { name: 'tool', description: 'x', input: root, inputs: nodes, outputs: nodes }
      expect(BROKEN[name as RuleName](tool)).not.toEqual([])
    },
  )
})
