import { describe, expect, it } from 'vitest'
import { CLIENT_FACTS, MCP_CLIENTS } from './clients.ts'
import { definition } from './definition.ts'
import { checkServerName } from './server-name.ts'

/** The longest name of a tool of the MCP server. */
const LONGEST_TOOL = 'describe_table'

describe.each(MCP_CLIENTS)('the name of a server in %s', (client) => {
  const facts = CLIENT_FACTS[client]

  it.each(['chatlayer-tables', 'Tables2', 'a', 'x'.repeat(44)])('may be %j', (name) => {
    expect(() => checkServerName(name, facts)).not.toThrow()
    expect(`${name}:${LONGEST_TOOL}`.length).toBeLessThan(60)
  })

  it.each(['', 'my tables', 'tables.live', '@me/tables', 'café', 'x'.repeat(45), 'a\nb'])(
    'may not be %j',
    (name) => {
      expect(() => checkServerName(name, facts)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('1 to 44 characters') }),
      )
    },
  )

  it('may have an underscore, but for a client that splits names at it', () => {
    const check = () => checkServerName('my_tables', facts)
    if (client === 'gemini-cli') expect(check).toThrow('Gemini CLI does not allow')
    else expect(check).not.toThrow()
  })
})

it('is allowed by default', () => {
  const name = definition.options.find(({ flags }) => flags === '--name <name>')
  expect(name).toMatchObject({ default: 'chatlayer-tables' })
})
