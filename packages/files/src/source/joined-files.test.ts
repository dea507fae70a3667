/** Files that were joined or ended their lines twice on the way. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAt, readAll, rejectionOf } from '../../test/reading.ts'

async function cellsOf(text: string) {
  const { header, rows, notes, error } = await readAll(text, { name: 'x.csv' })
  if (error !== undefined) throw error
  return {
    cells: [header, ...rows.map((row) => row.cells)],
    lines: rows.map(({ line }) => line),
    notes,
  }
}

describe('lines that end twice', () => {
  it('are those of Python on Windows: no carriage return stays in a cell', async () => {
    const { cells, lines, notes } = await cellsOf(
      'a,b\r\r\n1,x\r\r\n"2","y"\r\r\n3,\r\r\n4,"two\r\r\nlines"\r\r\n\r\r\n5,z\r\r\n',
    )
    expect(cells).toEqual([
      ['a', 'b'],
      ['1', 'x'],
      ['2', 'y'],
      ['3', null],
      ['4', 'two\r\r\nlines'],
      ['5', 'z'],
    ])
    expect(lines).toEqual([2, 3, 4, 5, 8])
    expect(notes).toEqual([
      'lines end with an extra carriage return, which is ignored',
      'a blank line skipped',
    ])
  })

  it('mind no place where the text is cut', async () => {
    const bytes = Buffer.from('a,b\r\r\n1,x\r\r\n"2","y"\r\r\n3,\r\r\n')
    const whole = (await readAll(bytes)).rows
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { maxLength: 8 }), async (places) => {
        expect((await readAll(cutAt(bytes, places))).rows).toEqual(whole)
      }),
    )
  })

  it('do not change text in quotes', async () => {
    expect((await cellsOf('a,b\n1,"x\r"\n')).cells[1]).toEqual(['1', 'x\r'])
  })
})

describe('files joined to one', () => {
  it('have the mark and header of each: a repeated header is skipped and noted', async () => {
    const { cells, lines, notes } = await cellsOf(
      '\ufeffname,city\nZoë,Ghent\n\ufeffname,city\nAnn,Lier\n\ufeff"name",city\nBo,Mol\n',
    )
    expect(cells).toEqual([
      ['name', 'city'],
      ['Zoë', 'Ghent'],
      ['Ann', 'Lier'],
      ['Bo', 'Mol'],
    ])
    expect(lines).toEqual([2, 4, 6])
    expect(notes).toEqual([
      'the header is repeated on line 3 and on 1 more, where files were joined; skipped',
    ])
  })

  it.each(['\ufeffcity,name\nLier,Ann\n', '\ufeffAnn,Lier\n', '\ufeff\n'])(
    'are rejected if the mark comes before other text: %j',
    async (second) => {
      const error = await rejectionOf(cellsOf(`\ufeffname,city\nZoë,Ghent\n${second}`))
      expect(error.message).toContain('x.csv, line 3: a byte order mark, as of a joined file')
    },
  )

  it('leave no mark in the first title', async () => {
    expect((await cellsOf('\ufeff\ufeffa,b\n1,2\n')).cells[0]).toEqual(['a', 'b'])
  })

  it('do not change text in quotes, or inside cells', async () => {
    expect((await cellsOf('a,b\n"\ufeffx",y\nx\ufeff,\ufeffy\n')).cells.slice(1)).toEqual([
      ['\ufeffx', 'y'],
      ['x\ufeff', '\ufeffy'],
    ])
  })

  it('may be NDJSON', async () => {
    const { rows, error } = await readAll('\ufeff{"a":1}\n\ufeff{"a":2}\n')
    expect(error).toBeUndefined()
    expect(rows.map(({ cells }) => cells)).toEqual([[{ json: 1 }], [{ json: 2 }]])
  })
})
