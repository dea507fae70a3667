/**
 * Spellings of arguments that clients and models send instead of the ones in the schema, read as what
 * they mean. What could mean two things stays as it is, for the strict parser to reject.
 */

/** The parts of a JSON Schema that say which spellings an argument may have. */
export interface ArgumentSchema {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, ArgumentSchema>> | undefined
  readonly required?: readonly string[] | undefined
  readonly items?: ArgumentSchema | undefined
}

/** Arguments that n8n and Cursor add to every call. */
const ADDED_BY_CLIENTS: ReadonlySet<string> = new Set([
  'toolCallId',
  'sessionId',
  'action',
  'chatInput',
  'random_string',
])

/** Arguments for which an empty text means the same as none. */
const EMPTY_IS_ABSENT: ReadonlySet<string> = new Set(['cursor', 'confirm_token'])

/** The arguments of a call with every lenient spelling replaced; invalid ones are unchanged. */
export function readLeniently(args: unknown, schema: ArgumentSchema): unknown {
  const given = decodeJson(args ?? {})
  if (!isObject(given)) return given
  const { properties = {} } = schema
  const entries = Object.entries(given).filter(
    ([name, value]) =>
      (Object.hasOwn(properties, name) || !ADDED_BY_CLIENTS.has(name)) &&
      !(value === '' && EMPTY_IS_ABSENT.has(name)),
  )
  return members(Object.fromEntries(entries), schema)
}

function spelled(value: unknown, schema: ArgumentSchema): unknown {
  switch (schema.type) {
    case 'integer':
      return typeof value === 'string' && /^\d{1,9}(?:\.0+)?$/.test(value) ? Number(value) : value
    case 'boolean':
      return typeof value === 'string' && /^(?:true|false)$/i.test(value)
        ? value.toLowerCase() === 'true'
        : value
    case 'array':
      return list(decodeJson(value), schema.items ?? {})
    case 'object':
      return object(decodeJson(value), schema)
    default:
      return value
  }
}

function list(value: unknown, items: ArgumentSchema): unknown {
  const item = spelled(value, items)
  if (Array.isArray(value)) return value.map((one) => spelled(one, items))
  const isItem = items.type === 'object' ? isObject(item) : typeof item === items.type
  return isItem && !isLikeJson(item) ? [item] : value
}

function object(value: unknown, schema: ArgumentSchema): unknown {
  const only = onlyRequired(schema)
  if (typeof value === 'string' && only !== undefined && !isLikeJson(value)) {
    return { [only]: value }
  }
  return isObject(value) && schema.properties !== undefined ? members(value, schema) : value
}

/** The text property that is all an object must have: the text alone means such an object. */
function onlyRequired({ properties = {}, required = [] }: ArgumentSchema): string | undefined {
  const [name] = required
  return required.length === 1 && name !== undefined && properties[name]?.type === 'string'
    ? name
    : undefined
}

/** Null means absent for an optional property. Open objects are left alone: their nulls are values. */
function members(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [] }: ArgumentSchema,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, one]) => {
        const isOptional = Object.hasOwn(properties, name) && !required.includes(name)
        return !(one === null && isOptional)
      })
      .map(([name, one]) => [
        name,
        Object.hasOwn(properties, name) ? spelled(one, properties[name] ?? {}) : one,
      ]),
  )
}

/** JSON text inside JSON text, at most. */
const MAX_ENCODINGS = 3

/** The object or list that a text encodes, even twice; any other value unchanged. */
export function decodeJson(value: unknown): unknown {
  let inner = value
  for (let level = 0; level < MAX_ENCODINGS && typeof inner === 'string'; level += 1) {
    if (!/^\s*[[{"]/.test(inner)) return value
    try {
      inner = JSON.parse(inner)
    } catch {
      return value
    }
  }
  return typeof inner === 'object' && inner !== null ? inner : value
}

/** Text that was meant as JSON, but is not valid JSON, is not a name. */
function isLikeJson(value: unknown): boolean {
  return typeof value === 'string' && /^\s*[[{]/.test(value)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
