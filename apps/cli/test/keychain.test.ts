/** The keychain process: without a keychain, and with a bus that never responds. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { KeychainError, systemKeychain } from '../src/profiles/keychain.ts'
import { type Env, makeFolder } from './cli.ts'

const TOKEN = 'user:s3cret'

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(KeychainError)
  const { message } = error as KeychainError
  expect(message).not.toContain('s3cret')
  return message
}

function onLinux(env: Env, timeoutMs = 30_000) {
  return systemKeychain({ platform: 'linux', env, timeoutMs })
}

describe.skipIf(process.platform !== 'linux')('the keychain of Linux', () => {
  it('is missing without a session bus, and no process is started to check', async () => {
    const keychain = onLinux({ XDG_RUNTIME_DIR: '/nowhere', PATH: '/nowhere' })
    for (const work of [keychain.read('a'), keychain.write('a', TOKEN), keychain.remove('a')]) {
      expect(await failureOf(work)).toContain('no keychain is running')
    }
  })

  it('is missing if nothing listens at the address of the bus', async () => {
    const keychain = onLinux({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' })
    expect(await failureOf(keychain.write('a', TOKEN))).not.toBe('')
    expect(await failureOf(keychain.read('a'))).not.toBe('')
  })

  it('times out if the bus accepts a connection and never responds', async () => {
    const { folder, remove } = await makeFolder()
    const server = createServer()
    const path = join(folder, 'bus')
    server.listen(path)
    await once(server, 'listening')
    try {
      const keychain = onLinux(
        { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` },
        1_000,
      )
      expect(await failureOf(keychain.read('a'))).toContain('did not respond within 1 s')
    } finally {
      server.close()
      await remove()
    }
  })
})
