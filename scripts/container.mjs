/**
 * Carries out a Dockerfile in a folder, without an engine: COPY copies, RUN runs under this machine's shell,
 * and each stage's root is a folder of its own, whose path replaces the absolute paths that the Dockerfile
 * names. Base images are not there: their Node is this one. Users, capabilities and file systems are not
 * emulated. An instruction that is not known here is an error, so that none is skipped in silence.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import dockerignore from '@balena/dockerignore'
import { DockerfileParser } from 'dockerfile-ast'

/** The paths of Node in base images. */
const NODES = ['/nodejs/bin/node', '/usr/local/bin/node']

/**
 * @typedef {{
 *   from: string, root: string, workdir: string, env: Record<string, string>, user: string,
 *   ports: string[], entrypoint: string[], cmd: string[], healthcheck: string[]
 * }} Image  `root` is the folder of its files, the last three are as written
 * @typedef {{ keyword: string, flags: Record<string, string>, words: string[], text: string }} Step
 *   `text` is what follows the flags
 */

/**
 * @param {string} text of a Dockerfile
 * @returns {Step[]}
 */
export function stepsOf(text) {
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const flags = 'getFlags' in instruction ? /** @type {any} */ (instruction).getFlags() : []
      const rest = instruction.getRawArgumentsContent() ?? ''
      return {
        keyword: instruction.getKeyword(),
        flags: Object.fromEntries(
          flags.map((/** @type {any} */ flag) => [flag.getName(), flag.getValue() ?? '']),
        ),
        words: instruction.getArguments().map((argument) => argument.getValue()),
        text: rest.replace(/^(?:--\S+[\s\\]+)*/, ''),
      }
    })
}

/**
 * @param {{ dockerfile: string, context: string, folder: string }} options `dockerfile` is a path, with
 *   its ignore file next to it; `context` is the folder that COPY copies from; stages go below `folder`
 * @returns {Image} the last stage
 */
export function buildImage({ dockerfile, context, folder }) {
  const steps = stepsOf(readFileSync(dockerfile, 'utf8'))
  const isSent = sentFiles(readFileSync(`${dockerfile}.dockerignore`, 'utf8'))
  /** @type {Map<string, Image>} */
  const stages = new Map()
  /** @type {Image | undefined} */
  let image
  for (const step of steps) {
    if (step.keyword === 'FROM') {
      const [from = '', , name = String(stages.size)] = step.words
      image = emptyImage(from, join(folder, name))
      stages.set(name, image)
      continue
    }
    if (image === undefined) throw new Error(`${step.keyword} comes before FROM`)
    if (step.keyword !== 'COPY') apply(image, step)
    else {
      const source = step.flags.from
      const other = source === undefined ? undefined : stages.get(source)
      if (source !== undefined && other === undefined) throw new Error(`no stage ${source}`)
      copy(image, step, other?.root ?? context, other ? () => true : isSent)
    }
  }
  if (image === undefined) throw new Error('no FROM')
  return image
}

/**
 * The arguments of a command of the image, as this machine can run them.
 *
 * @param {Image} image
 * @param {readonly string[]} argv as written
 */
export function commandOf(image, argv) {
  return argv.map((word) => {
    if (NODES.includes(word)) return process.execPath
    return word.startsWith('/') ? join(image.root, word) : word
  })
}

/**
 * The environment that the image sets; its paths are below its root.
 *
 * @param {Image} image
 */
export function environmentOf({ env, root }) {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value.startsWith('/') ? join(root, value) : value,
    ]),
  )
}

/**
 * @param {string} from
 * @param {string} root
 * @returns {Image}
 */
function emptyImage(from, root) {
  mkdirSync(root, { recursive: true })
  return {
    ...{ from, root, workdir: '/', env: {}, user: from.endsWith(':nonroot') ? 'nonroot' : 'root' },
    ...{ ports: [], entrypoint: [], cmd: [], healthcheck: [] },
  }
}

/**
 * @param {Image} image
 * @param {Step} step
 */
function apply(image, { keyword, words, text }) {
  switch (keyword) {
    case 'WORKDIR':
      image.workdir = join(image.workdir, words[0] ?? '')
      mkdirSync(join(image.root, image.workdir), { recursive: true })
      break
    case 'RUN':
      run(image, text)
      break
    case 'ENV':
      for (const word of words) {
        const [name = '', ...value] = word.split('=')
        image.env[name] = value.join('=')
      }
      break
    case 'USER':
      image.user = words[0] ?? ''
      break
    case 'EXPOSE':
      image.ports.push(...words)
      break
    case 'HEALTHCHECK':
      if (!text.startsWith('CMD [')) throw new Error('HEALTHCHECK must be CMD with a JSON list')
      image.healthcheck = JSON.parse(text.slice('CMD '.length))
      break
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(text)
      break
    case 'CMD':
      image.cmd = JSON.parse(text)
      break
    case 'VOLUME':
      break
    default:
      throw new Error(`${keyword} is not emulated`)
  }
}

/**
 * @param {Image} image
 * @param {string} text
 */
function run({ root, workdir, env }, text) {
  // A path of one folder below the root, such as /app; not the inside of a longer path or a URL.
  const command = text.replace(/(?<=^|\s)\/[a-z]+(?=\s|$)/g, (path) => join(root, path))
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    cwd: join(root, workdir),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`RUN ${command} ended with ${status}\n${stdout}${stderr}`)
}

/**
 * @param {Image} image
 * @param {Step} step
 * @param {string} from a folder
 * @param {(path: string) => boolean} filter for paths relative to it
 */
function copy({ root, workdir }, { words, flags }, from, filter) {
  const [source = '', target = '', ...more] = words
  if (more.length > 0) throw new Error('COPY of several sources is not emulated')
  const to = target.startsWith('/') ? join(root, target) : join(root, workdir, target)
  const base = join(from, source)
  mkdirSync(dirname(to), { recursive: true })
  cpSync(base, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === base || filter(relative(from, path)),
  })
  if (flags.chmod !== undefined) chmodSync(to, Number.parseInt(flags.chmod, 8))
  if (!statSync(to).isDirectory()) throw new Error(`COPY of ${source} made no folder`)
}

/**
 * Whether the engine gets a file or a folder of the context. A folder that is ignored is read if something in
 * it is not.
 *
 * @param {string} patterns the text of an ignore file
 * @returns {(path: string) => boolean}
 */
function sentFiles(patterns) {
  const ignored = dockerignore.default().add(patterns)
  const exceptions = [...patterns.matchAll(/^!(.+)$/gm)].map(([, path]) => path)
  return (path) =>
    !ignored.ignores(path) || exceptions.some((exception) => exception?.startsWith(`${path}/`))
}
