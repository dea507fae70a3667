/** `id`, `createdAt` and `updatedAt` of a record, wherever columns are selected, sorted or compared. */
import { expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { env } = await useEmulator({
  keep: true,
  tables: [
    {
      name: 'notes',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'id', type: 'text' },
      ],
      records: [
        { name: 'a', id: 'own 1' },
        { name: 'b', id: 'own 2' },
      ],
    },
  ],
})

const UUID = '[0-9a-f]{8}-[0-9a-f-]{27}'

it('are fields of the record without quotes, columns with quotes', async () => {
  const own = await run(['records', 'list', 'notes', '--select', 'name,id', '--limit', '1'], env)
  expect(own.stdout).toMatch(new RegExp(`^name\tid\na\t${UUID}\n$`))
  const column = await run(
    ['records', 'list', 'notes', '--select', '"id",createdAt', '--sort', 'name:desc'],
    env,
  )
  expect(column.stdout).toMatch(new RegExp(`^id\tid\tcreatedAt\n${UUID}\town 2\t\\d{4}-`))
  const csv = await run(['records', 'list', 'notes', '--select', 'id,"id"', '--csv'], env)
  expect(csv.stdout).toMatch(/^record id,id\n/)
  const json = await run(['records', 'list', 'notes', '--json', 'updatedAt,"id"'], env)
  expect(Object.keys(JSON.parse(json.stdout)[0])).toEqual(['updatedAt', 'id'])
})

it('can be exported in the selected order, and sorted by', async () => {
  const { stdout } = await run(
    ['export', 'notes', '--select', 'name,createdAt,id', '--sort', 'createdAt:desc,id'],
    env,
  )
  expect(stdout).toMatch(new RegExp(`^name,createdAt,record id\n[ab],\\d{4}-[^,]*,${UUID}\n`))
})

it('can be profiled and watched', async () => {
  const profile = await run(['profile', 'notes', '--select', 'createdAt,"id"', '--json'], env)
  const { columns } = JSON.parse(profile.stdout)
  expect(columns[0]).toMatchObject({ name: 'createdAt', type: 'timestamp', filled: 2 })
  expect(columns[1]).toMatchObject({ name: 'id', type: 'text', distinct: 2 })
  const watch = ['records', 'watch', 'notes', '--select', 'updatedAt,name', '--for', '300ms']
  expect(await run(watch, env)).toMatchObject({ code: 0 })
})

it('--columns is read as --select where only the latter exists', async () => {
  const named = await run(['records', 'list', 'notes', '--columns=name', '--csv'], env)
  const selected = await run(['records', 'list', 'notes', '--select', 'name', '--csv'], env)
  expect(named).toEqual(selected)
  const copied = await run(
    ['records', 'copy', 'notes', 'notes@live', '--key', 'name', '--columns', 'id', '--dry-run'],
    env,
  )
  expect(copied).toMatchObject({ code: 0 })
})
