import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSqliteAddress } from './sqlite-address.ts'

describe('an address', () => {
  it.each([
    ['sqlite:shop.db#stores', resolve('shop.db'), 'stores'],
    ['SQLITE:./data/shop.db', resolve('data/shop.db'), undefined],
    ['sqlite:../shop.db#', resolve('../shop.db'), undefined],
    ['sqlite:/data/shop.db#stores', '/data/shop.db', 'stores'],
    ['sqlite:///data/shop.db#stores', '/data/shop.db', 'stores'],
    ['sqlite://localhost/data/shop.db', '/data/shop.db', undefined],
    ['sqlite:~/shop.db#stores', join(homedir(), 'shop.db'), 'stores'],
    ['sqlite:my%20shop%23%3F.db#"a.b"', resolve('my shop#?.db'), 'a.b'],
    ['sqlite:my shop.db#My Table', resolve('my shop.db'), 'My Table'],
    ['sqlite:shop.db#main.stores', resolve('shop.db'), 'stores'],
  ])('%s', (address, path, table) => {
    expect(parseSqliteAddress(address)).toMatchObject({ path, table })
  })

  it.each([
    ['sqlite:', 'does not name a file'],
    ['sqlite:#stores', 'does not name a file'],
    ['sqlite://shop.db#stores', 'names the host "shop.db"'],
    ['sqlite:shop.db?mode=ro', 'has parameters'],
    ['sqlite:100%.db', '%25'],
    ['sqlite:a%00b', '%00'],
    ['sqlite:shop.db#other.stores', 'another database file'],
    ['sqlite:shop.db#a.b.c', 'name of a table'],
  ])('%s is not one', (address, message) => {
    expect(() => parseSqliteAddress(address)).toThrow(message)
  })

  it('its name is an address of the same', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => !/\0/.test(each))
    fc.assert(
      fc.property(text, text, (file, table) => {
        const address = `sqlite:/${encodeURIComponent(file)}#${encodeURIComponent(`"${table.replaceAll('"', '""')}"`)}`
        const parsed = parseSqliteAddress(address)
        expect(parsed.table).toBe(table)
        expect(parseSqliteAddress(parsed.name)).toEqual(parsed)
      }),
    )
  })
})
