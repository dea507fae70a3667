// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references are written
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProject } from './parse-project.ts'
import { ProjectError } from './project-error.ts'
import { projectJsonSchema } from './project-schema.ts'
import type { Project } from './project-types.ts'

interface Options {
  readonly env?: Record<string, string>
  readonly overlay?: string
  readonly files?: Record<string, string>
}

function parse(text: string, { env = {}, overlay, files = {} }: Options = {}): Project {
  const read = (path: string): string | undefined => files[path]
  return parseProject(text, { file: 'chatlayer.yaml', env, overlay, read })
}

/** The problems of a text, one a line, without hints. */
function problemsOf(text: string, options: Options = {}): string[] {
  try {
    parse(text, options)
    return []
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error
    return error.problems.map(
      ({ place, message }) => `${place.line}:${place.column} ${place.path}: ${message}`,
    )
  }
}

function withoutPlace(problem: string): string {
  return problem.replace(/^\d+:\d+ /, '')
}

const ONE = 'syncs:\n  s:\n    from: a.csv\n    to: t\n'

describe('a text that is not a project', () => {
  it.each([
    ['an empty file', '', ['1:1 : the file is empty']],
    ['a comment alone', '# nothing\n', ['1:1 : the file is empty']],
    [
      'several documents',
      'syncs:\n---\nsyncs:\n',
      ['2:1 : the file has several YAML documents, but must be one'],
    ],
    ['a list', '- a\n', ['1:1 : must be a map with keys such as syncs, schema and checks']],
    ['a text', 'syncs', ['1:1 : must be a map with keys such as syncs, schema and checks']],
    ['a key twice', `${ONE}    to: u\n`, ['5:5 syncs.s.to: the key "to" is there twice']],
    [
      'a tab',
      'syncs:\n\ts: 1\n',
      ['2:1 : this is not valid YAML: tabs are not allowed as indentation'],
    ],
    ['an unknown alias', 'syncs: *a\n', ['1:8 syncs: there is no anchor &a before this']],
    [
      'YAML 1.1',
      '%YAML 1.1\n---\nsyncs:\n',
      ['1:1 : the file is in YAML 1.1, but must be in YAML 1.2'],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems)
  })

  it('that aliases make large', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (const [index, name] of [...'bcdefgh'].entries()) {
      const before = 'abcdefg'[index]
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`)
    }
    expect(problemsOf(bomb.join('\n'))[0]).toContain('too large or too deeply nested')
    expect(problemsOf('a: &a [*a]\n')[0]).toContain('too large or too deeply nested')
  })

  it('that is any text throws nothing but a ProjectError', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'syncs:',
        '  s:',
        '    from: &a x',
        '    to: *a',
        '- ',
        '{',
        '"',
        'checks: {a: [',
        '? x',
        '<<: *a',
      ),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        problemsOf(lines.join('\n'))
      }),
      { numRuns: 500 },
    )
  })
})

describe('problems', () => {
  it('are named all at once, in the order of the text', () => {
    const text = `
conection: 1
syncs:
  a b: {}
  s:
    from: {fil: x}
    to: 3
    kye: code
    key: 2024
    delete: no
    limits: { deletes: 20x, changes: -1 }
  two: { from: "\${NOPE}", to: stores , key: , on_error: stp}
checks: [1]
schema: {a: {b: fooo}}
`
    expect(problemsOf(text)).toEqual([
      '2:1 conection: there is no key "conection"',
      '4:3 syncs."a b": must be a name of letters, digits, _, - and .',
      '6:12 syncs.s.from.fil: there is no key "fil"',
      '7:9 syncs.s.to: must be text, not the number 3',
      '8:5 syncs.s.kye: there is no key "kye"',
      '9:10 syncs.s.key: must be text or a list, not the number 2024',
      '10:13 syncs.s.delete: must be true or false, not text',
      '11:24 syncs.s.limits.deletes: must be a whole number, or a percentage such as 10%',
      '11:38 syncs.s.limits.changes: must be at least 0',
      '12:16 syncs.two.from: the environment has no variable NOPE',
      '12:45 syncs.two.key: "key" has no value',
      '12:57 syncs.two.on_error: must be one of continue, stop',
      '13:1 checks: must be a map, not a list',
      '14:17 schema.a.b: must be a column type: text, int, numeric, uuid, bool, timestamp, jsonb',
    ])
  })

  it('suggest what was meant', () => {
    expect(() => parse('syncs: { s: { from: a, to: b, transfrom: {} } }')).toThrow(
      expect.objectContaining({ hint: 'Did you mean "transform"?' }),
    )
  })

  it.each([
    ['{ from: a.csv }', 'syncs.s.to: "to" is missing'],
    ['{ from: {}, to: b }', 'syncs.s.from: must have exactly one of file, table and url'],
    [
      '{ from: { file: a, url: b }, to: b }',
      'syncs.s.from: must have exactly one of file, table and url',
    ],
    [
      '{ from: { file: a, query: b }, to: b }',
      'syncs.s.from.query: "query" has no meaning for a file',
    ],
    ['{ from: a, to: "postgres://h/d#t" }', 'syncs.s.to: must be a table of a bot'],
    ['{ from: a, to: "prod:" }', 'syncs.s.to: "prod:" must name a table'],
    ['{ from: a, to: a }', 'syncs.s.from: the source and the target are the same'],
    ['{ from: a, to: b, key: [c], ignore: c }', 'syncs.s.ignore: "c" is in the key'],
    [
      '{ from: a, to: b, columns: {x: c, y: c} }',
      'syncs.s.columns.y: another column of the source is "c" already',
    ],
    [
      '{ from: a, to: b, columns: {x: c}, transform: {c: "1"} }',
      'syncs.s.transform.c: "c" is filled by columns as well',
    ],
  ])('of values that exclude each other: %s', (sync, problem) => {
    expect(problemsOf(`syncs: { s: ${sync} }`).map(withoutPlace)).toContain(problem)
  })

  it('of two syncs of one table', () => {
    expect(
      problemsOf('syncs: { a: {from: x, to: t}, b: {from: y, to: T} }').map(withoutPlace),
    ).toEqual(['syncs.b.to: the sync "a" writes to T as well'])
  })
})

describe('values', () => {
  it('are what YAML 1.2 says: no is text, a key is its text', () => {
    const project = parse(`
syncs:
  2024: { from: no, to: "on", columns: { 01: a, null: b, yes: c, x: null } }
`)
    expect(project.syncs).toMatchObject([
      {
        name: '2024',
        from: { text: 'no' },
        to: 'on',
        columns: { '01': 'a', null: 'b', yes: 'c', x: null },
      },
    ])
  })

  it('may have a byte order mark and other line ends', () => {
    expect(parse(`\uFEFF${ONE.replaceAll('\n', '\r\n')}`).syncs).toHaveLength(1)
    expect(problemsOf(`\uFEFF${ONE.replaceAll('\n', '\r\n')}    x: 1\r\n`)).toEqual([
      '5:5 syncs.s.x: there is no key "x"',
    ])
  })

  it('of a source become the settings of reading', () => {
    const text = `
syncs:
  s:
    from:
      url: https://shop.example/items
      headers: { Authorization: "Bearer \${TOKEN}" }
      rows: /items
      paging: { style: cursor, at: /next, size_parameter: limit, size: 50 }
      date_format: DD/MM/YYYY
      null: NULL
      max_pages: "\${PAGES}"
    to: t
`
    expect(parse(text, { env: { TOKEN: 'geheim', PAGES: '7' } }).syncs[0]?.from).toEqual({
      kind: 'url',
      text: 'https://shop.example/items',
      label: 'https://shop.example/items',
      http: {
        headers: { Authorization: 'Bearer ${TOKEN}' },
        rows: '/items',
        paging: { style: 'cursor', at: '/next', size: 50, sizeParameter: 'limit' },
        maxPages: 7,
      },
      reading: { dateFormat: 'DD/MM/YYYY', nullText: 'NULL' },
      place: expect.anything(),
    })
  })
})

describe('references to the environment', () => {
  it('are replaced once, with defaults, and can be escaped', () => {
    const text = 'syncs: { s: { from: "${A}/${B:-b}/$${C}/${D:-}", to: t } }'
    const env = { A: '${B}', B: '' }
    expect(parse(text, { env }).syncs[0]?.from).toMatchObject({
      text: '${B}/b/${C}/',
      label: '${A}/${B:-b}/$${C}/${D:-}',
    })
  })

  it.each(['${}', '${1A}', '${A-b}', '${A'])('that are not well-formed: %s', (text) => {
    const problems = problemsOf(`syncs: { s: { from: '${text}', to: t } }`, { env: { A: 'a' } })
    // Without its end it is text.
    expect(problems).toHaveLength(text.endsWith('}') ? 1 : 0)
  })

  it('leave no value of the environment in a digest, nor in what may be secret', () => {
    const text = `${ONE}on_failure: { webhook: "\${HOOK}", headers: { X-Token: "\${T}" } }\n`
    const one = parse(text, { env: { HOOK: 'https://a/geheim', T: 'geheim' } })
    const other = parse(text, { env: { HOOK: 'https://b', T: 'other' } })
    expect(JSON.stringify(one)).not.toContain('geheim')
    expect(one.digest).toBe(other.digest)
  })
})

describe('secrets', () => {
  it.each([
    'from: "postgres://ann:geheim@db/shop#t"',
    'from: "postgres://ann:ge/heim@db/shop#t"',
    'from: "postgres://ann:${NONE:-geheim}@db/shop#t"',
    'from: "${NONE:-postgres://ann:geheim@db/shop}#t"',
    'from: "postgres://db/shop?user=a&password=geheim#t"',
    'from: "https://geheim@api.example/items"',
    'from: "https://api.example/items?api_key=geheim"',
    'from: { url: "https://a.example", headers: { Authorization: "Bearer geheim" } }',
    'from: { url: "https://a.example", headers: { authorization: "Bearer ${T:-geheim}" } }',
    'from: { url: "https://a.example", headers: { X-Api-Key: geheim } }',
    'from: { url: "https://a.example", parameters: { token: geheim } }',
  ])('are refused: %s', (from) => {
    const problems = problemsOf(`syncs: { s: { to: t, ${from} } }`)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/password|must not be written here/)
    expect(problems[0]).not.toContain('geheim')
  })

  it.each([
    'from: "postgres://ann@db:5432/shop?sslmode=require#t"',
    'from: "postgres://ann:${PW}@db/shop#t"',
    'from: { url: "https://a.example:8443/x?page=1", headers: { Authorization: "Bearer ${PW}" } }',
  ])('from the environment are not: %s', (from) => {
    expect(problemsOf(`syncs: { s: { to: t, ${from} } }`, { env: { PW: 'geheim' } })).toEqual([])
  })
})

describe('an overlay', () => {
  const base = `
connection: { profile: prod, team: one }
syncs:
  s: { from: a.csv, to: t@live, key: [a, b], limits: { deletes: 5, inserts: 1 }, columns: { x: y } }
  other: { from: b.csv, to: u }
overlays:
  staging:
    connection: { profile: staging }
    syncs:
      s: { to: t@draft, key: c, limits: { inserts: null }, columns: { z: null } }
      other: null
`

  it('merges maps, replaces other values, and removes by null', () => {
    const project = parse(base, { overlay: 'staging' })
    expect(project.connection).toMatchObject({ profile: 'staging', team: 'one' })
    expect(project.syncs).toMatchObject([
      {
        name: 's',
        to: 't@draft',
        key: ['c'],
        limits: { deletes: { records: 5 } },
        columns: { x: 'y', z: null },
      },
    ])
    expect(parse(base).syncs).toHaveLength(2)
    expect(parse(base).digest).not.toBe(project.digest)
  })

  it('may be in a file of its own, over the one inside, and errors point there', () => {
    const files = { 'chatlayer.staging.yaml': 'connection:\n  team: two\n' }
    const project = parse(base, { overlay: 'staging', files })
    expect(project.connection).toMatchObject({ profile: 'staging', team: 'two' })
    const wrong = { 'chatlayer.staging.yaml': 'connection:\n  tem: two\n' }
    expect(() => parse(base, { overlay: 'staging', files: wrong })).toThrow(
      'chatlayer.staging.yaml:2:3 (connection.tem): there is no key "tem"',
    )
    expect(problemsOf(base, { overlay: 'stagin' })[0]).toContain('there is no overlay "stagin"')
  })
})

it('expected columns may be in a file of their own', () => {
  const files = { 'schema.yaml': 'stores: { code: text }\n' }
  expect(parse('schema: schema.yaml', { files }).schema).toMatchObject([
    { table: 'stores', columns: [{ name: 'code', type: 'text', place: { file: 'schema.yaml' } }] },
  ])
  expect(() =>
    parse('schema: schema.yaml', { files: { 'schema.yaml': 'stores: { code: txt }' } }),
  ).toThrow('schema.yaml:1:17 (schema.stores.code): must be a column type')
  expect(problemsOf('schema: schema.yaml')).toEqual([
    '1:9 schema: this file of expected columns is not there',
  ])
})

describe('state and schedule', () => {
  it('are read, with defaults', () => {
    const text = `${ONE}state: connection:team\nschedule: " 0 2 * * * "\n`
    expect(parse(text)).toMatchObject({
      state: 'connection:team',
      schedule: { cron: '0 2 * * *', timezone: 'UTC', place: { line: 6, column: 11 } },
    })
    expect(parse(`${text}timezone: Europe/Brussels\n`).schedule?.timezone).toBe('Europe/Brussels')
    expect(parse(ONE)).toMatchObject({ state: undefined, schedule: undefined })
  })

  it('change nothing of what a plan was made of', () => {
    const more = 'state: postgres://u@db/x\nschedule: 0 2 * * *\ntimezone: Europe/Brussels\n'
    expect(parse(ONE + more).digest).toBe(parse(ONE).digest)
  })

  it.each([
    ['state: mysql://db/x', '5:8 state: must be postgres://… or connection:NAME'],
    ['state: postgres://u:pass@db/x', '5:8 state: the address contains a password'],
    ['state: postgres://u@db/x?password=1', '5:8 state: the address contains a password'],
    [
      'schedule: 0 2 * *',
      '5:11 schedule: must have five fields: minute, hour, day of the month, month, day of the week',
    ],
    ['schedule: 0 0 30 2 *', '5:11 schedule: that day never comes'],
    ['schedule: 5', '5:11 schedule: must be text, not the number 5'],
    [
      'schedule: 0 2 * * *\ntimezone: Mars/Base',
      '6:11 timezone: must be a time zone such as Europe/Brussels',
    ],
    ['timezone: Europe/Brussels', '5:11 timezone: "timezone" has no meaning without schedule'],
  ])('%s is a problem', (line, problem) => {
    expect(problemsOf(`${ONE}${line}\n`)).toEqual([problem])
  })
})

it('keeps references that another machine has the variables of', () => {
  const text = 'syncs:\n  s:\n    from: ${FOLDER}/a.csv\n    to: ${TABLE}\n    where: ${W:-x}\n'
  const options = { file: 'chatlayer.yaml', env: { TABLE: 't' } }
  const [sync] = parseProject(text, { ...options, keepMissing: true }).syncs
  expect(sync).toMatchObject({ from: { text: '${FOLDER}/a.csv' }, to: 't', where: { sql: 'x' } })
  expect(() => parseProject(text, options)).toThrow('the environment has no variable FOLDER')
})

it('the JSON Schema describes every key', () => {
  const schema = projectJsonSchema() as { properties: Record<string, { description?: string }> }
  expect(Object.keys(schema.properties)).toEqual([
    'connection',
    'syncs',
    'schema',
    'checks',
    'on_failure',
    'state',
    'schedule',
    'timezone',
    'overlays',
  ])
  for (const { description } of Object.values(schema.properties)) expect(description).toBeTruthy()
})
