import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { fakeKeychain, noKeychain } from '../../test/fake-keychain.ts'
import type { Keychain } from './keychain.ts'
import type { Profile } from './profile.ts'
import { Profiles } from './profiles.ts'
import { TokenStore } from './token-store.ts'

const base = await mkdtemp(join(tmpdir(), 'clt-profiles-'))
afterAll(() => rm(base, { recursive: true }))

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(base, 'home-')), 'chatlayer-tables')
})

const eu = { region: 'eu', teamId: 't', botId: 'b' } as const
const us = { region: 'us', teamId: 't', botId: 'b' } as const
const keychain = { keychain: true }

function open(chain: Keychain = noKeychain()): Profiles {
  return new Profiles(folder, new TokenStore(folder, chain))
}

async function contents(): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

describe('profiles', () => {
  it('store the token only in the keychain if there is one', async () => {
    const chain = fakeKeychain()
    const profiles = open(chain)
    expect(await profiles.save('prod', eu, 'user:s3cret', keychain)).toEqual({ place: 'keychain' })
    const saved = await profiles.read('prod')
    expect(saved).toEqual({ ...eu, token: 'keychain' })
    expect(await profiles.token('prod', saved)).toBe('user:s3cret')
    expect([...chain.held.values()]).toEqual(['user:s3cret'])
    expect(await contents()).not.toContain('s3cret')
  })

  it('store the token in a separate file without a keychain, with the reason', async () => {
    const profiles = open()
    const kept = await profiles.save('prod', eu, 'user:s3cret', keychain)
    expect(kept).toEqual({ place: 'file', why: 'there is none' })
    expect(await profiles.token('prod', await profiles.read('prod'))).toBe('user:s3cret')
    expect(await readFile(profiles.file('prod'), 'utf8')).not.toContain('s3cret')
  })

  it('store the token in a file if the keychain is not wanted', async () => {
    const chain = fakeKeychain()
    const kept = await open(chain).save('prod', eu, 'user:s3cret', { keychain: false })
    expect(kept).toEqual({ place: 'file' })
    expect(chain.held.size).toBe(0)
  })

  it.skipIf(process.platform === 'win32')('are private to their owner', async () => {
    await mkdir(join(folder, 'tokens'), { recursive: true })
    await chmod(join(folder, 'tokens'), 0o755)
    const profiles = open()
    await profiles.save('prod', eu, 'user:s3cret', keychain)
    await profiles.makeCurrent('prod')
    const entries = await readdir(folder, { recursive: true })
    expect(entries.toSorted()).toEqual([
      'current-profile',
      'profiles',
      join('profiles', 'prod.json'),
      'tokens',
      join('tokens', 'prod.json'),
    ])
    for (const entry of entries) {
      const found = await stat(join(folder, entry))
      expect(found.mode & 0o777, entry).toBe(found.isDirectory() ? 0o700 : 0o600)
    }
  })

  it.skipIf(process.platform === 'win32')(
    'are not used if others can write to the folder',
    async () => {
      const profiles = open()
      await profiles.save('prod', eu, 'user:s3cret', keychain)
      const saved = await profiles.read('prod')
      for (const path of [folder, join(folder, 'profiles')]) {
        await chmod(path, 0o777)
        await expect(profiles.read('prod')).rejects.toThrow(`others can write to ${path}`)
        await expect(profiles.update('prod', saved)).rejects.toThrow('others can write')
        await chmod(path, 0o700)
      }
    },
  )

  it('return a token only for its own gateway', async () => {
    for (const chain of [fakeKeychain(), noKeychain()]) {
      const profiles = open(chain)
      await profiles.save('prod', eu, 'user:s3cret', keychain)
      const saved = await profiles.read('prod')
      const { region: _, ...rest } = saved
      for (const moved of [
        { ...saved, region: 'us' } as const,
        { ...rest, baseUrl: 'http://127.0.0.1:1' },
      ]) {
        expect(await profiles.token('prod', moved)).toBeUndefined()
      }
    }
  })

  it('remove the old token when one is saved elsewhere', async () => {
    const chain = fakeKeychain()
    const profiles = open(chain)
    await profiles.save('prod', eu, 'one:s3cret', keychain)
    await profiles.save('prod', us, 'two:s3cret', keychain)
    expect([...chain.held.values()]).toEqual(['two:s3cret'])
    await profiles.save('prod', us, 'three:s3cret', { keychain: false })
    expect(chain.held.size).toBe(0)
    await profiles.save('prod', us, 'four:s3cret', keychain)
    expect(await contents()).not.toContain('s3cret')
  })

  it('are removed with their token, and are no longer the current one', async () => {
    const held = fakeKeychain()
    for (const chain of [held, noKeychain()]) {
      const profiles = open(chain)
      await profiles.save('prod', eu, 'user:s3cret', keychain)
      await profiles.save('test', eu, 'other:s3cret', keychain)
      await profiles.makeCurrent('prod')
      await profiles.remove('prod', await profiles.read('prod'))
      expect(await profiles.names()).toEqual(['test'])
      expect(await profiles.current()).toBeUndefined()
      await profiles.remove('test', await profiles.read('test'))
      expect(await contents()).not.toContain('s3cret')
      expect(held.held.size).toBe(0)
    }
  })

  it('are kept if the keychain with the token cannot be reached', async () => {
    const chain = fakeKeychain()
    await open(chain).save('prod', eu, 'user:s3cret', keychain)
    const locked = open()
    const saved = await locked.read('prod')
    await expect(locked.token('prod', saved)).rejects.toThrow('keychain')
    await expect(locked.remove('prod', saved)).rejects.toThrow('keychain')
    expect(await locked.names()).toEqual(['prod'])
  })

  it('do not conflict when many are saved at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    await Promise.all(
      names.map(async (name) => {
        const profiles = open()
        await profiles.save(name, eu, `${name}:s3cret`, keychain)
        await profiles.makeCurrent(name)
      }),
    )
    const profiles = open()
    expect(await profiles.names()).toEqual(names.toSorted())
    for (const name of names) {
      expect(await profiles.token(name, await profiles.read(name))).toBe(`${name}:s3cret`)
    }
    expect(names).toContain(await profiles.current())
  })

  it('report invalid files', async () => {
    const profiles = open()
    await profiles.save('prod', eu, 'user:s3cret', keychain)
    const saved: Profile = await profiles.read('prod')
    await writeFile(profiles.tokenFile('prod'), '{"token": "user:s3cret"}')
    const failure = await profiles.token('prod', saved).catch((error: Error) => error.message)
    expect(failure).toContain(profiles.tokenFile('prod'))
    expect(failure).not.toContain('s3cret')
    await writeFile(join(folder, 'current-profile'), '../../etc\n')
    await expect(profiles.current()).rejects.toThrow('does not name a profile')
    await profiles.remove('prod', saved)
    await expect(profiles.read('prod')).rejects.toThrow('no profile "prod"')
  })
})
