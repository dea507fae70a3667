import { describe, expect, it } from 'vitest'
import { allowedTools, TOOLS } from './index.ts'
import { inputSchema, outputSchema } from './wire-schema.ts'

const listedInput = (tool: (typeof TOOLS)[number]) =>
  inputSchema(tool)['~standard'].jsonSchema.input({ target: 'draft-2020-12' })

describe('the tools', () => {
  it('stand in a fixed order', () => {
    expect(TOOLS.map((tool) => tool.name)).toEqual([
      'list_tables',
      'describe_table',
      'query_records',
      'insert_records',
      'update_records',
      'delete_records',
    ])
  })

  it('list only readers when the server is read-only', () => {
    expect(allowedTools({ readOnly: true }).map((tool) => tool.name)).toEqual([
      'list_tables',
      'describe_table',
      'query_records',
    ])
    expect(allowedTools({ readOnly: false })).toBe(TOOLS)
  })

  it('cost a client less than 5,500 characters', () => {
    const sizes = TOOLS.map((tool) => ({
      tool: tool.name,
      characters: `${tool.name}${tool.description}${JSON.stringify(listedInput(tool))}`.length,
    }))
    const total = sizes.reduce((sum, { characters }) => sum + characters, 0)
    console.table([...sizes, { tool: 'all', characters: total }])
    expect(total).toBeLessThan(5_500)
  })
})

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s', (_name, tool) => {
  it('has a title, and hints that agree with one another', () => {
    const { readOnlyHint, destructiveHint, idempotentHint } = tool.annotations
    expect(tool.title).not.toBe('')
    if (readOnlyHint)
      expect({ destructiveHint, idempotentHint }).toEqual({
        destructiveHint: false,
        idempotentHint: true,
      })
  })

  it('has an example that is right', () => {
    expect(tool.input.safeParse(tool.example).error).toBeUndefined()
  })

  it('refuses unknown arguments, and says so in its schema', () => {
    expect(listedInput(tool)).toMatchObject({ type: 'object', additionalProperties: false })
    expect(tool.input.safeParse({ ...tool.example, tabel: 1 }).success).toBe(false)
  })

  it('lets its schema take errors as well as results, so that older clients keep them', async () => {
    const schema = outputSchema(tool)['~standard']
    const error = { code: 'X', message: 'y', matched: 3 }
    expect(await schema.validate({ notice: '', error })).not.toHaveProperty('issues')
    expect(await schema.validate({ notice: '' })).toHaveProperty('issues')
    expect(schema.jsonSchema.output({ target: 'draft-2020-12' })).toMatchObject({
      anyOf: [{ type: 'object' }, { type: 'object' }],
    })
  })
})
