/**
 * Writes the plan as a comment of the pull request, or updates the comment of an earlier run: a step of
 * action.yml, with nothing but Node. A comment that cannot be written is a warning: the plan is in the
 * summary of the job as well.
 */
import { readFileSync } from 'node:fs'

const { env } = process
/** GitHub's limit for a comment, in characters. */
const MAX_COMMENT = 65_536
const PAGE = 100
/** Pages of comments that are searched. */
const MAX_PAGES = 30
const TIMEOUT_MS = 30_000

const marker = `<!-- chatlayer-tables ${encodeURIComponent(
  [env.CLT_FOLDER, env.CLT_FILE, env.CLT_OVERLAY].join(' '),
).replaceAll('-', '%2D')} -->`

try {
  const comment = `${marker}\n${readFileSync(required('CLT_MARKDOWN'), 'utf8')}`.slice(
    0,
    MAX_COMMENT,
  )
  const comments = `/repos/${required('GITHUB_REPOSITORY')}/issues`
  const earlier = await findComment(`${comments}/${number(required('CLT_PULL_REQUEST'))}/comments`)
  if (earlier === undefined) {
    await send('POST', `${comments}/${env.CLT_PULL_REQUEST}/comments`, { body: comment })
  } else {
    await send('PATCH', `${comments}/comments/${earlier}`, { body: comment })
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  const message = `the plan could not be written as a comment: ${reason}`
  console.log(`::warning title=Chatlayer Tables::${message.replaceAll(/[\r\n]+/g, ' ')}`)
}

/**
 * The ID of the comment that an earlier run wrote. Comments of people are never changed, even if they
 * quote the marker.
 *
 * @param {string} path
 * @returns {Promise<number | undefined>}
 */
async function findComment(path) {
  for (let page = 1; page <= MAX_PAGES; page++) {
    /** @type {{ id: number, body?: string, user?: { type?: string } }[]} */
    const found = await send('GET', `${path}?per_page=${PAGE}&page=${page}`)
    const own = found.find(({ body, user }) => user?.type === 'Bot' && body?.startsWith(marker))
    if (own !== undefined || found.length < PAGE) return own?.id
  }
  return undefined
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function send(method, path, body) {
  const response = await fetch(`${env.GITHUB_API_URL ?? 'https://api.github.com'}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${required('GITHUB_TOKEN')}`,
      'user-agent': 'chatlayer-tables',
      'x-github-api-version': '2022-11-28',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.ok) return await response.json()
  const hint =
    response.status === 403 || response.status === 404
      ? '; does the job have the permission pull-requests: write?'
      : ''
  throw new Error(`${method} ${path.split('?')[0]} ended with ${response.status}${hint}`)
}

/** @param {string} name */
function required(name) {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set`)
  return value
}

/** @param {string} text */
function number(text) {
  if (!/^\d+$/.test(text)) throw new Error('the number of the pull request is not a number')
  return text
}
