import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts'
import { isWriter, type ToolDefinition } from './define-tool.ts'
import {
  allowedTools,
  MAX_LIST_CHARACTERS,
  MAX_TOOLS,
  TOOL_NAMES,
  TOOLS,
  TOOLSETS,
  toolsetOf,
} from './registry.ts'
import { inputSchema, outputSchema } from './wire-schema.ts'

const listedInput = (tool: (typeof TOOLS)[number]) =>
  inputSchema(tool)['~standard'].jsonSchema.input({ target: 'draft-2020-12' })

/** The names of the tools for which this holds, in the order of the list. */
const namesOf = (holds: (tool: ToolDefinition) => boolean) =>
  TOOLS.filter(holds).map(({ name }) => name)

describe('the tools', () => {
  it('have unique names, and are listed by group', () => {
    expect(new Set(TOOL_NAMES).size).toBe(TOOLS.length)
    const groups = TOOLS.map((tool) => TOOLSETS.indexOf(toolsetOf(tool)))
    expect(groups).toEqual(groups.toSorted())
  })

  it('are listed as far as the operator allows', () => {
    const names = (settings: Partial<Settings>) =>
      allowedTools({ ...DEFAULT_SETTINGS, ...settings }).map(({ name }) => name)
    const readers = ['list_tables', 'describe_table', 'query_records', 'query_sql', 'list_changes']
    const writers = [
      ...['insert_records', 'update_records', 'upsert_records', 'delete_records'],
      'undo_changes',
    ]
    const isOfJournal = (name: string) => name.endsWith('_changes')
    expect(names({})).toEqual(namesOf(({ needs }) => needs !== 'files'))
    expect(names({})).toEqual(expect.arrayContaining([...readers, ...writers]))
    expect(names({ files: ['/x'] })).toEqual(TOOL_NAMES)
    expect(names({ readOnly: true })).toEqual(namesOf((tool) => toolsetOf(tool) === 'read'))
    expect(names({ readOnly: true })).toEqual(expect.arrayContaining(readers))
    for (const name of writers) expect(names({ readOnly: true })).not.toContain(name)
    expect(names({ journal: false })).toEqual(names({}).filter((name) => !isOfJournal(name)))
    expect(names({ readOnly: true, files: ['/x'] })).toEqual(names({ readOnly: true }))
    expect(names({ tools: ['query_records', 'delete_records', 'export_file'] })).toEqual([
      'query_records',
      'delete_records',
    ])
    expect(names({ tools: ['delete_records'], readOnly: true })).toEqual([])
  })

  it('stay within the budget of a list', () => {
    expect(TOOLS.length).toBeLessThanOrEqual(MAX_TOOLS)
    const listed = TOOLS.map((tool) => {
      const { name, description } = tool
      return JSON.stringify({ name, description, inputSchema: listedInput(tool) })
    })
    expect(listed.join(',').length).toBeLessThanOrEqual(MAX_LIST_CHARACTERS)
  })
})

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s', (_name, tool) => {
  it('has a title and consistent hints', () => {
    const { readOnlyHint, destructiveHint, idempotentHint } = tool.annotations
    expect(tool.title).not.toBe('')
    if (isWriter(tool) && tool.name !== 'export_file') {
      expect(Object.keys(tool.input.shape)).toEqual(
        expect.arrayContaining(['dry_run', 'confirm_token', 'note']),
      )
    }
    if (readOnlyHint)
      expect({ destructiveHint, idempotentHint }).toEqual({
        destructiveHint: false,
        idempotentHint: true,
      })
  })

  it('loads its run', async () => {
    expect((await tool.load()).run).toBeTypeOf('function')
  })

  it('has a valid example', () => {
    expect(tool.input.safeParse(tool.example).error).toBeUndefined()
  })

  it('rejects unknown arguments, also in its schema', () => {
    expect(listedInput(tool)).toMatchObject({ type: 'object', additionalProperties: false })
    expect(tool.input.safeParse({ ...tool.example, tabel: 1 }).success).toBe(false)
  })

  it('has a schema that covers errors, so that older clients keep them', async () => {
    const schema = outputSchema(tool)['~standard']
    const error = { code: 'X', message: 'y', matched: 3 }
    expect(await schema.validate({ notice: '', error })).not.toHaveProperty('issues')
    expect(await schema.validate({ notice: '' })).toHaveProperty('issues')
    expect(schema.jsonSchema.output({ target: 'draft-2020-12' })).toMatchObject({
      type: 'object',
      properties: { error: { type: 'object' } },
      required: ['notice'],
    })
  })
})
