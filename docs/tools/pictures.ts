/** Draws the pictures of the site from the output of the built command line: `npm run site:pictures`. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { openShell } from './shell.ts'
import { drawTerminal } from './svg.ts'
import { replaceVolatile } from './volatile.ts'
import { DOCS, ROOT } from './workspace.ts'

const PICTURES = [
  {
    name: 'update-and-undo',
    title: 'A terminal: clt shows what an update will change, asks, and undoes it',
    commands: [
      'clt records update stores --where "city = Brussels" --set bikes=120',
      'clt changes undo @last --yes',
    ],
  },
]

const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
try {
  const clt = join(folder, 'clt')
  writeFileSync(clt, `#!/bin/sh\nexec node "${ROOT}/apps/cli/dist/bin.js" "$@"\n`)
  chmodSync(clt, 0o755)
  mkdirSync(join(DOCS, 'pictures'), { recursive: true })
  for (const { name, title, commands } of PICTURES) {
    const svg = await drawTerminal(replaceVolatile(await record(commands)), title)
    writeFileSync(join(DOCS, `pictures/${name}.svg`), svg)
    console.log(`pictures/${name}.svg: ${svg.length} bytes`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** Runs commands on the sample bot, and shows them with a prompt. `@last` is the last change set. */
async function record(commands: readonly string[]): Promise<string> {
  const shell = await openShell(folder, {
    HOME: folder,
    PATH: [folder, dirname(process.execPath), process.env.PATH].join(delimiter),
  })
  try {
    await shell.run('clt try')
    let all = ''
    let last = ''
    for (const command of commands) {
      const line = command.replace('@last', last)
      const answers = line.includes('--yes') ? undefined : new Map([[/\[y\/N\]/, 'y\n']])
      const { raw } = await shell.run(line, answers)
      last = /changes undo (?<id>[a-z\d]{8})/.exec(raw)?.groups?.id ?? last
      all += `\u001b[1m$ ${line}\u001b[0m\r\n${raw}\r\n`
    }
    return all
  } finally {
    await shell.close()
  }
}
