import { expect, it } from 'vitest'
import { confirmKey } from './key.ts'

it.runIf(process.platform === 'linux').each(['/dev/zero', '/dev/urandom', '/tmp', '/nowhere'])(
  'a key is not read from %s',
  (file) => {
    expect(() => confirmKey(file, {})).toThrow('the file of --confirm-key-file cannot be read')
  },
)
