import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rejectionOf } from '../../test/reading.ts'
import { OutputFile } from './output-file.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-file-'))
})

afterEach(() => rm(folder, { recursive: true }))

describe('OutputFile', () => {
  it('has its name when it is whole, and not before', async () => {
    const path = join(folder, 'a.csv')
    const file = await OutputFile.create(path)
    file.stream.write('one\n')
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^a\.csv\.[\da-f]{8}\.partial$/)])
    await file.keep()
    expect(await readdir(folder)).toEqual(['a.csv'])
    expect(await readFile(path, 'utf8')).toBe('one\n')
  })

  it('is gone when it is given up, and what was there stays', async () => {
    const path = join(folder, 'a.csv')
    await writeFile(path, 'before')
    for (const gzip of [false, true]) {
      const file = await OutputFile.create(path, { gzip })
      file.stream.write('one\n')
      await file.discard()
      expect(await readdir(folder)).toEqual(['a.csv'])
      expect(await readFile(path, 'utf8')).toBe('before')
    }
  })

  it('is packed on demand, the same each time', async () => {
    const packed: Buffer[] = []
    for (const name of ['a.gz', 'b.gz']) {
      const file = await OutputFile.create(join(folder, name), { gzip: true })
      file.stream.write('text')
      await file.keep()
      packed.push(await readFile(join(folder, name)))
    }
    expect(gunzipSync(packed[0] ?? '').toString()).toBe('text')
    expect(packed[0]).toEqual(packed[1])
  })

  it('takes the permissions of the file in whose place it comes', async () => {
    const path = join(folder, 'secret.csv')
    await writeFile(path, 'before')
    await chmod(path, 0o600)
    const file = await OutputFile.create(path)
    await file.keep()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('follows a link, which stays one', async () => {
    await mkdir(join(folder, 'there'))
    await writeFile(join(folder, 'there', 'a.csv'), 'before')
    await symlink(join('there', 'a.csv'), join(folder, 'link.csv'))
    const file = await OutputFile.create(join(folder, 'link.csv'))
    file.stream.write('after')
    await file.keep()
    expect(await readFile(join(folder, 'there', 'a.csv'), 'utf8')).toBe('after')
    expect(await readdir(folder)).toEqual(['link.csv', 'there'])
    expect(await readdir(join(folder, 'there'))).toEqual(['a.csv'])
  })

  it('may have a long name', async () => {
    const name = `${'ä'.repeat(120)}.csv`
    const file = await OutputFile.create(join(folder, name))
    await file.keep()
    expect(await readdir(folder)).toEqual([name])
  })

  it('reports why a file cannot be written', async () => {
    await writeFile(join(folder, 'file'), '')
    const rejection = async (...path: string[]) =>
      (await rejectionOf(OutputFile.create(join(folder, ...path)))).message
    expect(await rejection('.')).toContain('it is a folder')
    expect(await rejection('none', 'a.csv')).toContain('there is no such folder')
    expect(await rejection('file', 'a.csv')).toContain('not a folder')
    expect(await rejection('n'.repeat(300))).toContain('too long')
    expect((await rejectionOf(OutputFile.create('/dev/null'))).message).toContain(
      'not a regular file',
    )
    expect(await readdir(folder)).toEqual(['file'])
  })
})
