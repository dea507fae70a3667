import { expect, it } from 'vitest'
import { openTemporaryDatabase } from '../src/index.ts'

it('opens a database with its tables in a transaction', () => {
  const database = openTemporaryDatabase('CREATE TABLE t (n);')
  expect(database.isTransaction).toBe(true)
  expect(database.location()).toBeNull()
  database.exec('INSERT INTO t VALUES (1)')
  expect(database.prepare('SELECT n FROM t').all()).toEqual([{ n: 1 }])
  database.close()
})
