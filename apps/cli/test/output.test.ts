/** The output streams and their formats. */
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BIN, run, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env } = await useEmulator({ keep: true })

describe('stdout', () => {
  it('has only data', async () => {
    const list = await run(
      ['records', 'list', 'airports', '--select', 'iata,city', '--sort', 'iata'],
      env,
    )
    expect(list.stderr).toBe('')
    const rows = list.stdout.split('\n').map((line) => line.split('\t').slice(1))
    expect(rows).toEqual([
      ['iata', 'city'],
      ['00M', 'Bay Springs'],
      ['BTV', '\\N'],
      ['EWR', 'Newark'],
      ['JFK', 'New York'],
      [],
    ])
  })

  it('is one JSON value with --json', async () => {
    for (const args of [
      ['tables', 'list'],
      ['tables', 'get', 'airports'],
      ['records', 'list', 'airports'],
      ['records', 'list', 'airports', '--where', 'iata = none'],
      ['records', 'delete', 'airports', '--where', 'iata = none', '--yes'],
    ]) {
      const { code, stdout } = await run([...args, '--json'], env)
      expect(code).toBe(0)
      expect(() => JSON.parse(stdout), args.join(' ')).not.toThrow()
    }
  })

  it('may be closed by its reader, as head does', { timeout: 60_000 }, async () => {
    const records = Array.from({ length: 20_000 }, (_, index) => ({ iata: `${index}` }))
    emulator.tables.insert('airports', records, 'LIVE')
    for (const command of ['records list airports@live', 'export airports@live', '--help']) {
      const line = `"${process.execPath}" "${BIN}" ${command} | head -1; echo "\${PIPESTATUS[0]}"`
      const { stdout, stderr } = await startProcess('bash', ['--norc', '-c', line], env, tmpdir())
        .result
      expect(stdout.trimEnd().split('\n')).toHaveLength(2)
      expect(stdout).toMatch(/\n0\n$/)
      expect(stderr).toBe('')
    }
  })
})

describe('colours and control characters', () => {
  it('are not in piped output, and --quiet omits notes', async () => {
    const insert = ['records', 'insert', 'airports', '--set', 'iata=Q']
    const loud = await run(insert, env)
    expect(loud.stderr).toMatch(
      /^inserted 1 record in "airports" \(DRAFT\)\nundo with: clt changes undo \w{8}\n$/,
    )
    expect((await run([...insert, '-q'], env)).stderr).toBe('')
    expect((await run(['records', 'list', 'none'], env)).stderr).not.toContain('\u001b')
  })

  it('of a table’s name are escaped in an error', async () => {
    const { stderr } = await run(['records', 'list', 'x\u001b[2J\ny'], env)
    expect(stderr).toContain('x\\u001b[2J\\ny')
  })
})

describe('start-up', () => {
  it('loads neither the HTTP library nor the schemas for help and version', async () => {
    // NODE_DEBUG_NATIVE and tracing differ between releases of Node; a loader hook does not.
    const hook = `
      import { registerHooks } from 'node:module'
      registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context) } })`
    const trace = `data:text/javascript,${encodeURIComponent(hook)}`
    const loaded = async (...args: string[]) => {
      const all = ['--import', trace, BIN, ...args]
      const { stderr } = await startProcess(process.execPath, all, env, tmpdir()).result
      return stderr.split('\n').filter((line) => line.startsWith('file:'))
    }
    // Words that only occur in files of one of the libraries.
    const isOfLibrary = async (url: string) =>
      /llhttp|ZodError/.test(await readFile(fileURLToPath(url), 'utf8'))
    const libraryFiles = async (...args: string[]) => {
      const files = await loaded(...args)
      expect(files.length).toBeGreaterThan(0)
      return (await Promise.all(files.map(isOfLibrary))).filter(Boolean).length
    }
    for (const args of [['--version'], ['--help'], ['records', 'list', '--help'], ['nonsense']]) {
      expect(await libraryFiles(...args), args.join(' ')).toBe(0)
    }
    expect(await libraryFiles('tables', 'list')).toBeGreaterThan(0)
  })

  it('prints the version of the package', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await run(['--version'])).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    })
  })

  it('reports in one line that Node is too old', async () => {
    const older = `data:text/javascript,${encodeURIComponent(
      "Object.defineProperty(process.versions, 'node', { value: '20.19.5' })",
    )}`
    const args = ['--import', older, BIN, 'tables', 'list']
    const result = await startProcess(process.execPath, args, env, tmpdir()).result
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(/^error: [^\n]*22\.19[^\n]*20\.19\.5[^\n]*\n$/)
  })
})

describe('the token', () => {
  it('is read from a file', async () => {
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises')
    const folder = await mkdtemp(`${tmpdir()}/clt-token-`)
    const file = `${folder}/token`
    await writeFile(file, `${emulator.token}\n`)
    const args = ['tables', 'list', '--token-file', file]
    expect((await run(args, { ...env, CHATLAYER_TOKEN: 'another:one' })).code).toBe(0)
    await rm(folder, { recursive: true })
    expect(await run(args, env)).toMatchObject({ code: 2 })
  })
})
