/**
 * Run by vitest once for each test file: `TEST_FOLDER`, deleted after the file's last test. The helpers
 * of tests are loaded once for many files, so no folder can be their own.
 */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'clt-test-'))
process.env.TEST_FOLDER = folder

afterAll(() => rm(folder, { recursive: true, force: true }))
