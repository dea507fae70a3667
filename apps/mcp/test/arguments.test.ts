/** Arguments in the spellings of clients, through the protocol; `src/call/lenient.test.ts` has them all. */
import { expect, it } from 'vitest'
import { describeTools } from './suite.ts'

/** What clients send although the protocol wants an object. */
const sent = (args: unknown) => args as Record<string, unknown>

describeTools('arguments', (suite) => {
  it.each([null, undefined, '{}', '"{}"'])('takes %j as none', async (args) => {
    const { isError, data } = await suite.client.call('list_tables', sent(args))
    expect({ isError, total: data.total }).toEqual({ isError: false, total: 2 })
  })

  it('takes the text of an object, with arguments that clients add', async () => {
    const args = { table: 'stores', where: '{"rank":{"lt":"5"}}', limit: '0', toolCallId: 'x' }
    const { data } = await suite.client.call('query_records', sent(JSON.stringify(args)))
    expect(data).toMatchObject({ total: 5, returned: 0 })
  })

  it('rejects other text, by the protocol', async () => {
    const call = suite.client.call('list_tables', sent('all of them'))
    await expect(call).rejects.toThrow('arguments')
  })

  it('shows how to compare with a list', async () => {
    const where = { city: ['Ghent', 'Bruges'] }
    const { isError, text } = await suite.client.call('query_records', { table: 'stores', where })
    expect(isError).toBe(true)
    expect(text).toContain('{"city":{"in":[…]}}')
  })

  it('confirms a write with nulls for everything but the token', async () => {
    const args = { table: 'stores', where: '{"rank":3}', ids: null, expect: null, note: null }
    const preview = await suite.client.call('delete_records', { ...args, dry_run: 'True' })
    const token = preview.data.confirm_token
    const rest = { table: null, where: null, ids: null, all: null, dry_run: null, cursor: '' }
    const { data } = await suite.client.call('delete_records', { ...rest, confirm_token: token })
    expect(data).toMatchObject({ deleted: 1 })
  })
})
