import { expect, it } from 'vitest'
import { configuredKey } from './key.ts'

it.runIf(process.platform === 'linux').each(['/dev/zero', '/dev/urandom', '/tmp', '/nowhere'])(
  'a key is not read from %s',
  (file) => {
    expect(() => configuredKey(file, {})).toThrow('the file of --confirm-key-file cannot be read')
  },
)
